#include "core/net/ip_rules.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "core/base/concat.hpp"
#include "grammar/ip/parse.hpp"

namespace fhirwall::net {
namespace {

using grammar::ip::Address;
using grammar::ip::Any;
using grammar::ip::Cidr;
using grammar::ip::DottedPrefix;

constexpr std::size_t kV4Offset = 12;  // where the four octets stand in the mapped form

// SPEC 12.1: IPv4-mapped IPv6 is IPv4, so `::/0` holds no IPv4 address however it is written.
bool in_network(const Address& address, const Cidr& cidr) {
  if (address.is_v4 != cidr.network.is_v4) {
    return false;
  }
  const std::size_t whole = cidr.bits / 8;
  for (std::size_t i = 0; i < whole; ++i) {
    if (address.bytes[i] != cidr.network.bytes[i]) {
      return false;
    }
  }
  const unsigned rest = cidr.bits % 8;
  if (rest == 0) {
    return true;
  }
  const unsigned mask = 0xFFu & (0xFFu << (8 - rest));
  return (address.bytes[whole] & mask) == (cidr.network.bytes[whole] & mask);
}

// Octets as the reference sees them: the canonical dotted text, so that its text prefix can be
// tested.
std::string dotted(const Address& address) {
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) {
      text += '.';
    }
    text += std::to_string(address.bytes[kV4Offset + i]);
  }
  return text;
}

bool has_prefix(const Address& address, const DottedPrefix& prefix, IpAction action) {
  if (!address.is_v4) {
    return false;
  }
  bool octets_match = true;
  for (std::size_t i = 0; i < prefix.count; ++i) {
    octets_match = octets_match && address.bytes[kV4Offset + i] == prefix.octets[i];
  }
  if (octets_match) {
    return true;
  }
  // SPEC 12.1: in a `block` rule a prefix without trailing dot also matches as text, as in the
  // reference: to block less would be looser (SPEC P2).
  return action == IpAction::kBlock && !prefix.trailing_dot &&
         dotted(address).starts_with(prefix.text);
}

bool matches(const IpRule& rule, const Address& address) {
  if (std::holds_alternative<Any>(rule.value)) {
    return true;
  }
  if (const auto* exact = std::get_if<Address>(&rule.value)) {
    return *exact == address;
  }
  if (const auto* cidr = std::get_if<Cidr>(&rule.value)) {
    return in_network(address, *cidr);
  }
  const auto* prefix = std::get_if<DottedPrefix>(&rule.value);
  return prefix != nullptr && has_prefix(address, *prefix, rule.action);
}

}  // namespace

std::optional<IpRule> parse_ip_rule(std::string_view value, IpAction action,
                                    IpValueFailure& failure) {
  auto parsed = grammar::ip::parse_rule(value);
  if (!parsed.ok()) {
    failure.offset = parsed.error().offset;
    failure.message = concat("expected ", parsed.error().expected);
    return std::nullopt;
  }
  return IpRule{std::move(parsed).value(), action};
}

bool is_ambiguous_prefix(const IpRule& rule) {
  const auto* prefix = std::get_if<DottedPrefix>(&rule.value);
  return prefix != nullptr && !prefix->trailing_dot;
}

std::string_view ip_reason_name(IpReason reason) {
  switch (reason) {
    case IpReason::kNoRules: return "no-rules";
    case IpReason::kRule: return "rule";
    case IpReason::kNoMatchAllowed: return "no-match";
    case IpReason::kNoMatchBlocked: return "no-match-blocked";
    case IpReason::kNoAddress: return "no-address";
  }
  return "unknown";
}

IpDecision check(const std::vector<IpRule>& rules, std::string_view address) {
  // SPEC 12.3: no rules allow; rules and an absent or unparsable address block.
  if (rules.empty()) {
    return {true, IpReason::kNoRules, -1};
  }
  const auto caller = grammar::ip::parse_address(address);
  if (!caller.ok()) {
    return {false, IpReason::kNoAddress, -1};
  }
  bool any_allow = false;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (matches(rules[i], caller.value())) {
      return {rules[i].action == IpAction::kAllow, IpReason::kRule, static_cast<std::int32_t>(i)};
    }
    any_allow = any_allow || rules[i].action == IpAction::kAllow;
  }
  // SPEC 12.3: no match is allowed only if no `allow` rule exists.
  return any_allow ? IpDecision{false, IpReason::kNoMatchBlocked, -1}
                   : IpDecision{true, IpReason::kNoMatchAllowed, -1};
}

}  // namespace fhirwall::net
