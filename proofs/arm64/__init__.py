"""The arm64 layers executed on this machine by QEMU, and compared with what runs here."""
