def objective(a):
    queue = [a, 1.0]
    for item in queue:
        if len(queue) < 5:
            queue.append(item)
    return sum(queue)
