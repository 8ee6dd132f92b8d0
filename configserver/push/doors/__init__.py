"""The ways out: brokers, instances, other servers, other replicas of this one."""
