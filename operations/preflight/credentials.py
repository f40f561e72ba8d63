"""Where credentials come from, in words that a person knows; boto3 has a name for each way."""

# By the names of botocore's providers.
_WORDS = {
    "assume-role": "a role that the profile assumes",
    "assume-role-with-web-identity": "a role assumed by a web identity token, as in CI",
    "boto-config": "the configuration file of Boto 2",
    "config-file": "the AWS configuration file",
    "container-role": "the role of this container",
    "custom-process": "the program that the profile names (credential_process)",
    "ec2-credentials-file": "the file that AWS_CREDENTIAL_FILE names",
    "env": "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "iam-role": "the role of this EC2 instance",
    "login": "`aws login`",
    "shared-credentials-file": "the shared credentials file",
    "sso": "IAM Identity Center (`aws sso login`)",
}
# Credentials that a program gave to its session, and that were looked up nowhere.
_GIVEN = "explicit"


def name_source(method: str, *, is_local: bool) -> str:
    """Return where credentials come from, by botocore's name of the way.

    >>> name_source("env", is_local=False)
    'the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    >>> name_source("explicit", is_local=True), name_source("something new", is_local=False)
    ('the local cloud itself', 'something new')
    """
    if method == _GIVEN:
        return "the local cloud itself" if is_local else "the program that calls"
    return _WORDS.get(method, method)
