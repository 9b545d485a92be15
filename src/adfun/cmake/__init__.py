"""`adfunConfig.cmake`, for `find_package(adfun)`; `python -m adfun --cmakedir` prints where it is."""
