"""The methods of google.cloud.tasks.v2.CloudTasks and of its v2beta3 twin."""

from __future__ import annotations

from typing import Any

from emulator.wire.iam import MESSAGES as IAM
from emulator.wire.interfaces import Interface, interface
from emulator.wire.operations import MESSAGES as OPERATIONS
from emulator.wire.tasks import V2, V2BETA3

_TABLE = """
ListQueues ListQueuesRequest -> ListQueuesResponse
    GET /{version}/{parent=projects/*/locations/*}/queues
GetQueue GetQueueRequest -> Queue
    GET /{version}/{name=projects/*/locations/*/queues/*}
CreateQueue CreateQueueRequest -> Queue
    POST /{version}/{parent=projects/*/locations/*}/queues queue
UpdateQueue UpdateQueueRequest -> Queue
    PATCH /{version}/{queue.name=projects/*/locations/*/queues/*} queue
DeleteQueue DeleteQueueRequest -> Empty
    DELETE /{version}/{name=projects/*/locations/*/queues/*}
PurgeQueue PurgeQueueRequest -> Queue
    POST /{version}/{name=projects/*/locations/*/queues/*}:purge *
PauseQueue PauseQueueRequest -> Queue
    POST /{version}/{name=projects/*/locations/*/queues/*}:pause *
ResumeQueue ResumeQueueRequest -> Queue
    POST /{version}/{name=projects/*/locations/*/queues/*}:resume *
GetIamPolicy GetIamPolicyRequest -> Policy
    POST /{version}/{resource=projects/*/locations/*/queues/*}:getIamPolicy *
SetIamPolicy SetIamPolicyRequest -> Policy
    POST /{version}/{resource=projects/*/locations/*/queues/*}:setIamPolicy *
TestIamPermissions TestIamPermissionsRequest -> TestIamPermissionsResponse
    POST /{version}/{resource=projects/*/locations/*/queues/*}:testIamPermissions *
ListTasks ListTasksRequest -> ListTasksResponse
    GET /{version}/{parent=projects/*/locations/*/queues/*}/tasks
GetTask GetTaskRequest -> Task
    GET /{version}/{name=projects/*/locations/*/queues/*/tasks/*}
CreateTask CreateTaskRequest -> Task
    POST /{version}/{parent=projects/*/locations/*/queues/*}/tasks *
BufferTask BufferTaskRequest -> BufferTaskResponse
    POST /{version}/{queue=projects/*/locations/*/queues/*}/tasks/{task_id=*}:buffer body
    POST /{version}/{queue=projects/*/locations/*/queues/*}/tasks:buffer body
BatchCreateTasks BatchCreateTasksRequest -> Operation
    POST /{version}/{parent=projects/*/locations/*/queues/*}/tasks:batchCreate *
BatchDeleteTasks BatchDeleteTasksRequest -> Operation
    POST /{version}/{parent=projects/*/locations/*/queues/*}/tasks:batchDelete *
DeleteTask DeleteTaskRequest -> Empty
    DELETE /{version}/{name=projects/*/locations/*/queues/*/tasks/*}
RunTask RunTaskRequest -> Task
    POST /{version}/{name=projects/*/locations/*/queues/*/tasks/*}:run *
"""


def _cloud_tasks(version: str, messages: dict[str, Any]) -> Interface:
    name = f"google.cloud.tasks.{version}.CloudTasks"
    return interface(name, _TABLE.replace("{version}", version), {**messages, **IAM, **OPERATIONS})


CLOUD_TASKS = _cloud_tasks("v2", V2)
CLOUD_TASKS_BETA = _cloud_tasks("v2beta3", V2BETA3)
