"""Who is asking, and may they: bearer tokens, JSON web tokens, hosts and origins, rates.

Nothing here knows of a server: a front door gives what it was told (:class:`~.bearer.Asked`) to the provider that
:func:`~.choose.provider_for` made, and gets an :class:`~.identity.Identity`, or a
:class:`~nodetool_jupyter.errors.Refused` with a code.
"""
