from scipy.special import gammaln


def objective(count, group, mu, u):
    total = 0.0
    for i in range(len(count)):
        eta = mu + u[group[i]]
        total -= count[i] * eta - 2.718281828459045**eta - gammaln(count[i] + 1)
    return total + 0.5 * (u @ u)
