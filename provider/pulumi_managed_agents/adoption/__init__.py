"""Taking over live objects that somebody else made, and finding those of a stage that nothing records any more.

Adoption writes definition files and a file for `pulumi import`; it never writes to the API.
"""
