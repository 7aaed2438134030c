#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/ip/ast.hpp"

namespace fhirwall::net {

enum class IpAction : std::uint8_t { kAllow, kBlock };

struct IpRule {
  grammar::ip::RuleValue value;
  IpAction action = IpAction::kBlock;
};

// Parses a rule's value, trimmed (SPEC 12.1, 12.2). nullopt: `failure` says why.
struct IpValueFailure {
  std::uint32_t offset = 0;  // bytes into the value
  std::string message;       // lowercase, one line
};
[[nodiscard]] std::optional<IpRule> parse_ip_rule(std::string_view value, IpAction action,
                                                  IpValueFailure& failure);
// A dotted prefix without trailing dot: the reference would match it as text (SPEC 12.2).
[[nodiscard]] bool is_ambiguous_prefix(const IpRule& rule);

enum class IpReason : std::uint8_t {
  kNoRules,         // allowed: nothing to check
  kRule,            // the rule at `rule` decided
  kNoMatchAllowed,  // no rule matched and no allow rule exists
  kNoMatchBlocked,  // no rule matched but an allow rule exists (SPEC 12.3)
  kNoAddress,       // absent or unparsable address (SPEC 12.3)
};
[[nodiscard]] std::string_view ip_reason_name(
    IpReason reason);  // `rule`, `no-rules`, `no-match`, ...

struct IpDecision {
  bool allowed = false;
  IpReason reason = IpReason::kNoAddress;
  std::int32_t rule = -1;  // index in the list, or -1
};

// Evaluates one policy's list: in order, first match decides (SPEC 12.1-12.3). `address` as the
// host got it; empty = absent.
[[nodiscard]] IpDecision check(const std::vector<IpRule>& rules, std::string_view address);

}  // namespace fhirwall::net
