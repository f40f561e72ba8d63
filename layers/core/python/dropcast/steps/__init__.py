"""The use cases, one file each: what a function does once its event has become a message.

A step takes a message and, as named arguments, the ports that it needs; it returns a message. It
knows neither Lambda nor HTTP nor any store, so the benchmarks, the chaos suite and the tests call
it as the functions do. Nothing is imported here, because each function's layers carry only what its
own step imports.
"""
