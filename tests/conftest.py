"""For all tests: a property fails by what is wrong, never by how long it takes on a busy machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("nimbus", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nimbus")
