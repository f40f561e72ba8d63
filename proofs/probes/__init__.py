"""The probes: what a cloud does where the product relies on AWS's behaviour.

``table``     all probes, in the order of ``docs/emulators.md``
``probe``     what a probe is, and how its result compares with AWS
``target``    a cloud, and everything that probes made there
``runner``    opens a target and runs probes on it
``recorded``  the committed results of each cloud, in ``expected/``
``page``      ``docs/emulators.md``

``resources`` and ``lambda_functions`` make what probes need; the other modules and packages are the
probes of one service each.
"""
