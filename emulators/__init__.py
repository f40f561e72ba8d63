"""Local clouds: MiniStack and LocalStack installed, started, found again and stopped.

``clouds`` names them, ``cloud`` starts and stops one, ``account`` builds sessions that reach
nothing else. The modules that run inside an emulator (``ministack_server`` and what it imports,
``faults``, ``localstack/executor``) close the emulator's gaps to AWS.
"""
