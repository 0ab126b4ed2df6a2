"""Files that exist to hold credentials: which they are, and where in them the secrets stand.

`files` tells their kinds by path, `stores` by bytes; `places` reads those whose format says where a secret stands,
`whole` those that are nothing else, `sql` what a database was given. `obscured` undoes what only hides a password.
"""
