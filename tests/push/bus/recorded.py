"""Messages of the original (Boot 4.0.5, bus 5.0.1), byte for byte as a tap saw them."""

REFRESH = (
    b'{"type":"RefreshRemoteApplicationEvent","destinationService":"foo-dev:**",'
    b'"id":"1f006ffd-b1df-4ec8-9371-d559c10be257",'
    b'"originService":"cfg:39003:bb45b1147537d507fd0a9a25f6f7089f","timestamp":1795262756922}'
)
ACK = (
    b'{"type":"AckRemoteApplicationEvent","ackDestinationService":"*:**",'
    b'"ackId":"a7547162-1e7c-4063-a1dc-57fb545d2665","destinationService":"**",'
    b'"event":"org.springframework.cloud.bus.event.RefreshRemoteApplicationEvent",'
    b'"id":"f573cd44-2efd-4c71-922d-0abec7268c4c",'
    b'"originService":"cfg:39003:bb45b1147537d507fd0a9a25f6f7089f","timestamp":1795262758690}'
)
ENVIRONMENT = (
    b'{"type":"EnvironmentChangeRemoteApplicationEvent","destinationService":"**",'
    b'"id":"b22ff16f-9858-459c-9b39-1229c343b37c",'
    b'"originService":"cfg:39003:bb45b1147537d507fd0a9a25f6f7089f","timestamp":1795262763486,'
    b'"values":{"a.b":"c"}}'
)
SHUTDOWN = (
    b'{"type":"ShutdownRemoteApplicationEvent","destinationService":"zzz:**",'
    b'"id":"47560edb-9e80-4f53-8b9f-43510abe65b7",'
    b'"originService":"cfg:39003:bb45b1147537d507fd0a9a25f6f7089f","timestamp":1795262765070}'
)
CLIENT_ACK = (
    b'{"type":"AckRemoteApplicationEvent","ackDestinationService":"**",'
    b'"ackId":"11111111-1111-1111-1111-111111111111","destinationService":"**",'
    b'"event":"org.springframework.cloud.bus.event.RefreshRemoteApplicationEvent",'
    b'"id":"b6d4bb55-4154-47f8-8213-349de577de0a",'
    b'"originService":"foo:dev,mysql:50583:3ea6bb0dc4005733784a345ca3add245",'
    b'"timestamp":1795262816979}'
)
