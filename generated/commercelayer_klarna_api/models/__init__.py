"""The models. Each is imported when first asked for: making all of them takes longer than importing httpx."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .authorization import Authorization
    from .authorization_attributes import AuthorizationAttributes
    from .authorization_document import AuthorizationDocument
    from .authorization_list_document import AuthorizationListDocument
    from .authorization_relationships import AuthorizationRelationships
    from .authorization_update import AuthorizationUpdate
    from .authorization_update_attributes import AuthorizationUpdateAttributes
    from .authorization_update_document import AuthorizationUpdateDocument
    from .capture import Capture
    from .capture_attributes import CaptureAttributes
    from .capture_document import CaptureDocument
    from .capture_list_document import CaptureListDocument
    from .capture_relationships import CaptureRelationships
    from .capture_update import CaptureUpdate
    from .capture_update_attributes import CaptureUpdateAttributes
    from .capture_update_document import CaptureUpdateDocument
    from .error import Error
    from .error_document import ErrorDocument
    from .error_source import ErrorSource
    from .event_store import EventStore
    from .event_store_attributes import EventStoreAttributes
    from .event_store_list_document import EventStoreListDocument
    from .filters import Filters
    from .klarna_gateway import KlarnaGateway
    from .klarna_gateway_attributes import KlarnaGatewayAttributes
    from .klarna_gateway_document import KlarnaGatewayDocument
    from .klarna_gateway_list_document import KlarnaGatewayListDocument
    from .klarna_gateway_relationships import KlarnaGatewayRelationships
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
    from .nothing_linked import NothingLinked
    from .order import Order
    from .order_attributes import OrderAttributes
    from .order_document import OrderDocument
    from .order_linkage import OrderLinkage
    from .order_list_document import OrderListDocument
    from .order_relationship import OrderRelationship
    from .order_relationship_change import OrderRelationshipChange
    from .order_relationships import OrderRelationships
    from .order_update import OrderUpdate
    from .order_update_attributes import OrderUpdateAttributes
    from .order_update_document import OrderUpdateDocument
    from .order_update_relationships import OrderUpdateRelationships
    from .payment_gateway import PaymentGateway
    from .payment_gateway_attributes import PaymentGatewayAttributes
    from .payment_gateway_document import PaymentGatewayDocument
    from .payment_gateway_relationships import PaymentGatewayRelationships
    from .payment_method_linkage import PaymentMethodLinkage
    from .payment_method_relationship_change import PaymentMethodRelationshipChange
    from .payment_source_linkage import PaymentSourceLinkage
    from .payment_source_relationship_change import PaymentSourceRelationshipChange
    from .refund import Refund
    from .refund_attributes import RefundAttributes
    from .refund_document import RefundDocument
    from .refund_list_document import RefundListDocument
    from .refund_relationships import RefundRelationships
    from .relationship_links import RelationshipLinks
    from .resource import Resource
    from .resource_links import ResourceLinks
    from .resource_meta import ResourceMeta
    from .sparse_fieldsets import SparseFieldsets
    from .to_many_relationship import ToManyRelationship
    from .to_one_relationship import ToOneRelationship
    from .token_answer import TokenAnswer
    from .void import Void
    from .void_attributes import VoidAttributes
    from .void_document import VoidDocument
    from .void_list_document import VoidListDocument
    from .void_relationships import VoidRelationships

__all__ = (
    "Authorization",
    "AuthorizationAttributes",
    "AuthorizationDocument",
    "AuthorizationListDocument",
    "AuthorizationRelationships",
    "AuthorizationUpdate",
    "AuthorizationUpdateAttributes",
    "AuthorizationUpdateDocument",
    "Capture",
    "CaptureAttributes",
    "CaptureDocument",
    "CaptureListDocument",
    "CaptureRelationships",
    "CaptureUpdate",
    "CaptureUpdateAttributes",
    "CaptureUpdateDocument",
    "Error",
    "ErrorDocument",
    "ErrorSource",
    "EventStore",
    "EventStoreAttributes",
    "EventStoreListDocument",
    "Filters",
    "KlarnaGateway",
    "KlarnaGatewayAttributes",
    "KlarnaGatewayDocument",
    "KlarnaGatewayListDocument",
    "KlarnaGatewayRelationships",
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
    "NothingLinked",
    "Order",
    "OrderAttributes",
    "OrderDocument",
    "OrderLinkage",
    "OrderListDocument",
    "OrderRelationship",
    "OrderRelationshipChange",
    "OrderRelationships",
    "OrderUpdate",
    "OrderUpdateAttributes",
    "OrderUpdateDocument",
    "OrderUpdateRelationships",
    "PaymentGateway",
    "PaymentGatewayAttributes",
    "PaymentGatewayDocument",
    "PaymentGatewayRelationships",
    "PaymentMethodLinkage",
    "PaymentMethodRelationshipChange",
    "PaymentSourceLinkage",
    "PaymentSourceRelationshipChange",
    "Refund",
    "RefundAttributes",
    "RefundDocument",
    "RefundListDocument",
    "RefundRelationships",
    "RelationshipLinks",
    "Resource",
    "ResourceLinks",
    "ResourceMeta",
    "SparseFieldsets",
    "TokenAnswer",
    "ToManyRelationship",
    "ToOneRelationship",
    "Void",
    "VoidAttributes",
    "VoidDocument",
    "VoidListDocument",
    "VoidRelationships",
)

_MODULES = {
    "Authorization": ".authorization",
    "AuthorizationAttributes": ".authorization_attributes",
    "AuthorizationDocument": ".authorization_document",
    "AuthorizationListDocument": ".authorization_list_document",
    "AuthorizationRelationships": ".authorization_relationships",
    "AuthorizationUpdate": ".authorization_update",
    "AuthorizationUpdateAttributes": ".authorization_update_attributes",
    "AuthorizationUpdateDocument": ".authorization_update_document",
    "Capture": ".capture",
    "CaptureAttributes": ".capture_attributes",
    "CaptureDocument": ".capture_document",
    "CaptureListDocument": ".capture_list_document",
    "CaptureRelationships": ".capture_relationships",
    "CaptureUpdate": ".capture_update",
    "CaptureUpdateAttributes": ".capture_update_attributes",
    "CaptureUpdateDocument": ".capture_update_document",
    "Error": ".error",
    "ErrorDocument": ".error_document",
    "ErrorSource": ".error_source",
    "EventStore": ".event_store",
    "EventStoreAttributes": ".event_store_attributes",
    "EventStoreListDocument": ".event_store_list_document",
    "Filters": ".filters",
    "KlarnaGateway": ".klarna_gateway",
    "KlarnaGatewayAttributes": ".klarna_gateway_attributes",
    "KlarnaGatewayDocument": ".klarna_gateway_document",
    "KlarnaGatewayListDocument": ".klarna_gateway_list_document",
    "KlarnaGatewayRelationships": ".klarna_gateway_relationships",
    "KlarnaPayment": ".klarna_payment",
    "KlarnaPaymentAttributes": ".klarna_payment_attributes",
    "KlarnaPaymentCreate": ".klarna_payment_create",
    "KlarnaPaymentCreateAttributes": ".klarna_payment_create_attributes",
    "KlarnaPaymentCreateDocument": ".klarna_payment_create_document",
    "KlarnaPaymentCreateRelationships": ".klarna_payment_create_relationships",
    "KlarnaPaymentDocument": ".klarna_payment_document",
    "KlarnaPaymentListDocument": ".klarna_payment_list_document",
    "KlarnaPaymentRelationships": ".klarna_payment_relationships",
    "KlarnaPaymentUpdate": ".klarna_payment_update",
    "KlarnaPaymentUpdateAttributes": ".klarna_payment_update_attributes",
    "KlarnaPaymentUpdateDocument": ".klarna_payment_update_document",
    "KlarnaPaymentUpdateRelationships": ".klarna_payment_update_relationships",
    "Linkage": ".linkage",
    "ListLinks": ".list_links",
    "ListMeta": ".list_meta",
    "Metadata": ".metadata",
    "NothingLinked": ".nothing_linked",
    "Order": ".order",
    "OrderAttributes": ".order_attributes",
    "OrderDocument": ".order_document",
    "OrderLinkage": ".order_linkage",
    "OrderListDocument": ".order_list_document",
    "OrderRelationship": ".order_relationship",
    "OrderRelationshipChange": ".order_relationship_change",
    "OrderRelationships": ".order_relationships",
    "OrderUpdate": ".order_update",
    "OrderUpdateAttributes": ".order_update_attributes",
    "OrderUpdateDocument": ".order_update_document",
    "OrderUpdateRelationships": ".order_update_relationships",
    "PaymentGateway": ".payment_gateway",
    "PaymentGatewayAttributes": ".payment_gateway_attributes",
    "PaymentGatewayDocument": ".payment_gateway_document",
    "PaymentGatewayRelationships": ".payment_gateway_relationships",
    "PaymentMethodLinkage": ".payment_method_linkage",
    "PaymentMethodRelationshipChange": ".payment_method_relationship_change",
    "PaymentSourceLinkage": ".payment_source_linkage",
    "PaymentSourceRelationshipChange": ".payment_source_relationship_change",
    "Refund": ".refund",
    "RefundAttributes": ".refund_attributes",
    "RefundDocument": ".refund_document",
    "RefundListDocument": ".refund_list_document",
    "RefundRelationships": ".refund_relationships",
    "RelationshipLinks": ".relationship_links",
    "Resource": ".resource",
    "ResourceLinks": ".resource_links",
    "ResourceMeta": ".resource_meta",
    "SparseFieldsets": ".sparse_fieldsets",
    "ToManyRelationship": ".to_many_relationship",
    "ToOneRelationship": ".to_one_relationship",
    "TokenAnswer": ".token_answer",
    "Void": ".void",
    "VoidAttributes": ".void_attributes",
    "VoidDocument": ".void_document",
    "VoidListDocument": ".void_list_document",
    "VoidRelationships": ".void_relationships",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULES[name], __name__), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_MODULES})
