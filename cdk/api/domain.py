"""A host name of the customer's in front of the API."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as certificatemanager
from constructs import Construct

from cdk.api.rest_api import API_STAGE, PredictionApi
from cdk.settings import Domain


class ApiDomain(Construct):
    """``https://<domain>/v1/...`` serves what the API's own address does.

    The DNS record is the customer's: an alias, or a CNAME, of the domain to ``ApiDomainTarget``.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, domain: Domain, api: PredictionApi
    ) -> None:
        super().__init__(scope, construct_id)
        name = apigateway.DomainName(
            self,
            "Name",
            domain_name=domain.name,
            certificate=certificatemanager.Certificate.from_certificate_arn(
                self, "Certificate", domain.certificate_arn
            ),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        apigateway.BasePathMapping(
            self,
            "Path",
            domain_name=name,
            rest_api=api.rest_api,
            base_path=API_STAGE,
            stage=api.rest_api.deployment_stage,
        )
        self.outputs = {
            "ApiDomainUrl": f"https://{domain.name}/{API_STAGE}",
            "ApiDomainTarget": name.domain_name_alias_domain_name,
            "ApiDomainZoneId": name.domain_name_alias_hosted_zone_id,
        }
