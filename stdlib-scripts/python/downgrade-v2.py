"""Writes the image so that Xen 4.6 to 4.13 restores it.

Xen 4.14 brought version 3 of the libxc stream, which older releases refuse. Version 2 has no place for the guest's
CPUID and MSR policy: the older Xen gives the guest what its config and that host have, so restore it on a host whose
CPU has at least what the guest uses (see cpuid-level). An image of version 2 stays the same.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "downgrade-v2",
    "version": "1.0",
}


def on_begin(ctx: "Context"):
    ctx.downgrade(2)
