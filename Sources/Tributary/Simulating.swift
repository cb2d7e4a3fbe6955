import Caching
import Gateway
import Identity
import Simulation

extension GatewaySettings {
  /// What of it decides how an answer degrades.
  var simulated: SimulatedSettings {
    let asksWho = identity.isEnabled || gateway.security.trustsIdentityHeaders
    return SimulatedSettings(
      gateway: gateway, upstreams: upstreams, sections: sections, requirements: requirements, isCached: cache.isEnabled,
      schemes: asksWho ? schemes : nil)
  }
}
