#include "core/net/ip_rules.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fhirwall::net {
namespace {

// `+value` allows, `-value` blocks.
std::vector<IpRule> rules_of(const std::vector<std::string>& texts) {
  std::vector<IpRule> rules;
  for (const std::string& text : texts) {
    IpValueFailure failure;
    const auto rule = parse_ip_rule(std::string_view(text).substr(1),
                                    text[0] == '+' ? IpAction::kAllow : IpAction::kBlock, failure);
    EXPECT_TRUE(rule.has_value()) << text << ": " << failure.message;
    if (rule) {
      rules.push_back(*rule);
    }
  }
  return rules;
}

struct Case {
  std::vector<std::string> rules;
  std::string address;
  bool allowed;
  IpReason reason;
  int rule;
};

std::string name_of(const Case& one) {
  std::string name;
  for (const std::string& rule : one.rules) {
    name += rule + " ";
  }
  return name + "? " + one.address;
}

// SPEC 12.1-12.3
TEST(IpRules, DecideByTheFirstMatch) {
  using enum IpReason;
  const Case cases[] = {
      // No rules allow, whatever the address is.
      {{}, "6.6.6.6", true, kNoRules, -1},
      {{}, "", true, kNoRules, -1},
      {{}, "nonsense", true, kNoRules, -1},
      // First match decides.
      {{"-*", "+10.0.0.5"}, "10.0.0.5", false, kRule, 0},
      {{"+10.0.0.5", "-*"}, "10.0.0.5", true, kRule, 0},
      {{"+10.0.0.5", "-*"}, "10.0.0.6", false, kRule, 1},
      // The documented prefix.
      {{"-8.8."}, "8.8.8.8", false, kRule, 0},
      {{"-8.8."}, "8.7.8.8", true, kNoMatchAllowed, -1},
      {{"+8.8.", "-*"}, "8.8.8.8", true, kRule, 0},
      {{"+8.8.", "-*"}, "8.7.8.8", false, kRule, 1},
      {{"+8.8.", "-*"}, "8.80.0.1", false, kRule, 1},
      {{"-8.8."}, "8.80.0.1", true, kNoMatchAllowed, -1},
      {{"+10."}, "10.200.3.4", true, kRule, 0},
      {{"+10.20.30."}, "10.20.30.4", true, kRule, 0},
      {{"+10.20.30.", "-*"}, "10.20.31.4", false, kRule, 1},
      // Without trailing dot: whole octets when it allows, text as well when it blocks.
      {{"+8.8", "-*"}, "8.8.8.8", true, kRule, 0},
      {{"+8.8", "-*"}, "8.80.0.1", false, kRule, 1},
      {{"-8.8"}, "8.80.0.1", false, kRule, 0},
      {{"-8.8"}, "8.8.0.1", false, kRule, 0},
      {{"-8.8"}, "8.7.0.1", true, kNoMatchAllowed, -1},
      {{"-8.8"}, "18.8.0.1", true, kNoMatchAllowed, -1},
      {{"-10.1"}, "10.10.0.1", false, kRule, 0},
      // A whole address is no prefix.
      {{"+1.2.3.4", "-*"}, "1.2.3.45", false, kRule, 1},
      {{"-1.2.3.4"}, "1.2.3.4", false, kRule, 0},
      // CIDR, also across a byte.
      {{"+10.0.0.0/8", "-*"}, "10.1.2.3", true, kRule, 0},
      {{"+10.0.0.0/8", "-*"}, "11.1.2.3", false, kRule, 1},
      {{"+172.16.0.0/12", "-*"}, "172.31.255.255", true, kRule, 0},
      {{"+172.16.0.0/12", "-*"}, "172.32.0.0", false, kRule, 1},
      {{"+0.0.0.0/0", "-*"}, "203.0.113.9", true, kRule, 0},
      {{"+0.0.0.0/0", "-*"}, "2001:db8::1", false, kRule, 1},
      {{"+192.0.2.7/32", "-*"}, "192.0.2.7", true, kRule, 0},
      {{"+192.0.2.7/32", "-*"}, "192.0.2.6", false, kRule, 1},
      {{"+2001:db8::/33", "-*"}, "2001:db8:7fff::1", true, kRule, 0},
      {{"+2001:db8::/33", "-*"}, "2001:db8:8000::1", false, kRule, 1},
      {{"+::/0", "-*"}, "10.0.0.1", false, kRule, 1},
      // One address, many spellings.
      {{"-2001:db8::1"}, "2001:db8:0:0:0:0:0:1", false, kRule, 0},
      {{"-2001:DB8::1"}, "2001:db8::1", false, kRule, 0},
      {{"-::ffff:8.8.8.8"}, "8.8.8.8", false, kRule, 0},
      {{"-8.8.8.8"}, "::ffff:8.8.8.8", false, kRule, 0},
      {{"-8.8."}, "::ffff:808:808", false, kRule, 0},
      {{"+10.0.0.0/8", "-*"}, "::ffff:10.1.2.3", true, kRule, 0},
      {{"+10.", "-*"}, "2001:db8::10", false, kRule, 1},
      // Its last octets are 10.0.0.1, but it is no IPv4 address.
      {{"+10.", "-*"}, "2001:db8::a00:1", false, kRule, 1},
      {{"-10.0"}, "2001:db8::a00:1", true, kNoMatchAllowed, -1},
      {{"- 6.6.6.6 "}, "6.6.6.6", false, kRule, 0},
      {{"-6.6.6.6"}, " 6.6.6.6\t", false, kRule, 0},
      // Rules present, address absent or unparsable: blocked, whatever the rules say.
      {{"+*"}, "", false, kNoAddress, -1},
      {{"+*"}, "6.6.6.6, 10.0.0.1", false, kNoAddress, -1},
      {{"+*"}, "6.6.6.6:443", false, kNoAddress, -1},
      {{"+*"}, "[::1]", false, kNoAddress, -1},
      {{"+*"}, "fe80::1%eth0", false, kNoAddress, -1},
      {{"+*"}, "010.0.0.1", false, kNoAddress, -1},
      {{"-6.6.6.6"}, "6.6.6", false, kNoAddress, -1},
      {{"+*"}, "6.6.6.6", true, kRule, 0},
      {{"+*"}, "::1", true, kRule, 0},
      // No match: allowed only without any allow rule.
      {{"-6.6.6.6", "-7.7.7.7"}, "8.8.8.8", true, kNoMatchAllowed, -1},
      {{"-6.6.6.6", "+7.7.7.7"}, "8.8.8.8", false, kNoMatchBlocked, -1},
      {{"+7.7.7.7"}, "8.8.8.8", false, kNoMatchBlocked, -1},
  };
  for (const Case& one : cases) {
    const IpDecision decision = check(rules_of(one.rules), one.address);
    EXPECT_EQ(decision.allowed, one.allowed) << name_of(one);
    EXPECT_EQ(ip_reason_name(decision.reason), ip_reason_name(one.reason)) << name_of(one);
    EXPECT_EQ(decision.rule, one.rule) << name_of(one);
  }
}

// SPEC 12.1, 12.2
TEST(IpRules, RefuseWhatCannotBeParsed) {
  for (const std::string value :
       {"", " ", "10.0.0.*", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "01.2.3.4", "256.1.1.1",
        "[::1]", "10.0.0.1:80", "fe80::1%1", "2001:db8::1/32", "8..8", "8.8.8.8.", "abc", "::/129",
        "1.2.3.4.5"}) {
    IpValueFailure failure;
    EXPECT_FALSE(parse_ip_rule(value, IpAction::kBlock, failure).has_value()) << value;
    EXPECT_TRUE(failure.message.starts_with("expected ")) << value << ": " << failure.message;
    EXPECT_LE(failure.offset, value.size()) << value;
  }
}

TEST(IpRules, ReasonsHaveNames) {
  EXPECT_EQ(ip_reason_name(IpReason::kNoRules), "no-rules");
  EXPECT_EQ(ip_reason_name(IpReason::kRule), "rule");
  EXPECT_EQ(ip_reason_name(IpReason::kNoMatchAllowed), "no-match");
  EXPECT_EQ(ip_reason_name(IpReason::kNoMatchBlocked), "no-match-blocked");
  EXPECT_EQ(ip_reason_name(IpReason::kNoAddress), "no-address");
}

TEST(IpRules, TellAmbiguousPrefixes) {
  IpValueFailure failure;
  EXPECT_TRUE(is_ambiguous_prefix(*parse_ip_rule("8.8", IpAction::kAllow, failure)));
  EXPECT_FALSE(is_ambiguous_prefix(*parse_ip_rule("8.8.", IpAction::kAllow, failure)));
  EXPECT_FALSE(is_ambiguous_prefix(*parse_ip_rule("8.8.8.8", IpAction::kAllow, failure)));
  EXPECT_FALSE(is_ambiguous_prefix(*parse_ip_rule("*", IpAction::kAllow, failure)));
}

}  // namespace
}  // namespace fhirwall::net
