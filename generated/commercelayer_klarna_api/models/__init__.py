"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .error_document import ErrorDocument
from .error_source import ErrorSource
from .event_store import EventStore
from .event_store_attributes import EventStoreAttributes
from .event_store_list_document import EventStoreListDocument
from .filters import Filters
from .klarna_payment import KlarnaPayment
from .klarna_payment_attributes import KlarnaPaymentAttributes
from .klarna_payment_create import KlarnaPaymentCreate
from .klarna_payment_create_attributes import KlarnaPaymentCreateAttributes
from .klarna_payment_create_document import KlarnaPaymentCreateDocument
from .klarna_payment_create_relationships import KlarnaPaymentCreateRelationships
from .klarna_payment_document import KlarnaPaymentDocument
from .klarna_payment_list_document import KlarnaPaymentListDocument
from .klarna_payment_relationships import KlarnaPaymentRelationships
from .klarna_payment_update import KlarnaPaymentUpdate
from .klarna_payment_update_attributes import KlarnaPaymentUpdateAttributes
from .klarna_payment_update_document import KlarnaPaymentUpdateDocument
from .klarna_payment_update_relationships import KlarnaPaymentUpdateRelationships
from .linkage import Linkage
from .list_links import ListLinks
from .list_meta import ListMeta
from .metadata import Metadata
from .order import Order
from .order_attributes import OrderAttributes
from .order_document import OrderDocument
from .order_linkage import OrderLinkage
from .order_relationship import OrderRelationship
from .order_relationship_change import OrderRelationshipChange
from .order_relationships import OrderRelationships
from .payment_gateway import PaymentGateway
from .payment_gateway_attributes import PaymentGatewayAttributes
from .payment_gateway_document import PaymentGatewayDocument
from .payment_gateway_relationships import PaymentGatewayRelationships
from .relationship_links import RelationshipLinks
from .resource import Resource
from .resource_links import ResourceLinks
from .resource_meta import ResourceMeta
from .sparse_fieldsets import SparseFieldsets
from .to_many_relationship import ToManyRelationship
from .to_one_relationship import ToOneRelationship
from .token_answer import TokenAnswer

__all__ = (
    "Error",
    "ErrorDocument",
    "ErrorSource",
    "EventStore",
    "EventStoreAttributes",
    "EventStoreListDocument",
    "Filters",
    "KlarnaPayment",
    "KlarnaPaymentAttributes",
    "KlarnaPaymentCreate",
    "KlarnaPaymentCreateAttributes",
    "KlarnaPaymentCreateDocument",
    "KlarnaPaymentCreateRelationships",
    "KlarnaPaymentDocument",
    "KlarnaPaymentListDocument",
    "KlarnaPaymentRelationships",
    "KlarnaPaymentUpdate",
    "KlarnaPaymentUpdateAttributes",
    "KlarnaPaymentUpdateDocument",
    "KlarnaPaymentUpdateRelationships",
    "Linkage",
    "ListLinks",
    "ListMeta",
    "Metadata",
    "Order",
    "OrderAttributes",
    "OrderDocument",
    "OrderLinkage",
    "OrderRelationship",
    "OrderRelationshipChange",
    "OrderRelationships",
    "PaymentGateway",
    "PaymentGatewayAttributes",
    "PaymentGatewayDocument",
    "PaymentGatewayRelationships",
    "RelationshipLinks",
    "Resource",
    "ResourceLinks",
    "ResourceMeta",
    "SparseFieldsets",
    "TokenAnswer",
    "ToManyRelationship",
    "ToOneRelationship",
)
