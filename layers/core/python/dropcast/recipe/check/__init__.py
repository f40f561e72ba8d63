"""Find what is wrong with a recipe: all problems at once, each as a sentence.

Nothing is imported here: what scores needs the checks of expressions alone, at once. The order of
the parts, each of which imports only those below it: ``recipe``, ``table`` and ``training``,
``source`` and ``expressions``, ``declared``.
"""
