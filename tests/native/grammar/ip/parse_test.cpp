#include "grammar/ip/parse.hpp"

#include <string>

#include <gtest/gtest.h>

#include "grammar/ip/dump.hpp"

namespace fhirwall::grammar::ip {
namespace {

std::string outcome(const Parsed<RuleValue>& parsed) {
  return parsed.ok()
             ? dump(parsed.value())
             : std::to_string(parsed.error().offset) + ": " + std::string(parsed.error().expected);
}

constexpr char kValue[] = "an IP address, a CIDR, a dotted prefix or `*`";
constexpr char kEnd[] = "the end of the value";

std::string at(int offset, const std::string& expected) {
  return std::to_string(offset) + ": " + expected;
}

// SPEC 12.1
TEST(IpRule, AcceptsEveryForm) {
  struct Case {
    const char* text;
    const char* tree;
  };
  const Case cases[] = {
      {"*", "*"},
      {" *\t", "*"},
      {"8.8.8.8", "(v4 8.8.8.8)"},
      {"0.0.0.0", "(v4 0.0.0.0)"},
      {"255.255.255.255", "(v4 255.255.255.255)"},
      {"\r\n 6.6.6.6\v\f", "(v4 6.6.6.6)"},
      {"::", "(v6 0:0:0:0:0:0:0:0)"},
      {"::1", "(v6 0:0:0:0:0:0:0:1)"},
      {"1::", "(v6 1:0:0:0:0:0:0:0)"},
      {"2001:db8::1", "(v6 2001:db8:0:0:0:0:0:1)"},
      {"2001:DB8:0:0:0:0:0:1", "(v6 2001:db8:0:0:0:0:0:1)"},
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "(v6 2001:db8:0:0:0:0:0:1)"},
      {"1:2:3:4:5:6:7:8", "(v6 1:2:3:4:5:6:7:8)"},
      {"1:2:3:4:5:6:7::", "(v6 1:2:3:4:5:6:7:0)"},
      {"::2:3:4:5:6:7:8", "(v6 0:2:3:4:5:6:7:8)"},
      {"1:2:3::7:8", "(v6 1:2:3:0:0:0:7:8)"},
      {"fe80::abcd:1.2.3.4", "(v6 fe80:0:0:0:0:abcd:102:304)"},
      {"::1.2.3.4", "(v6 0:0:0:0:0:0:102:304)"},
      {"1:2:3:4:5:6:1.2.3.4", "(v6 1:2:3:4:5:6:102:304)"},
      {"64:ff9b::8.8.8.8", "(v6 64:ff9b:0:0:0:0:808:808)"},
      // IPv4-mapped IPv6 is IPv4, however it is written.
      {"::ffff:8.8.8.8", "(v4 8.8.8.8)"},
      {"::FFFF:808:808", "(v4 8.8.8.8)"},
      {"0:0:0:0:0:ffff:8.8.8.8", "(v4 8.8.8.8)"},
      {"0::ffff:0808:0808", "(v4 8.8.8.8)"},
      {"10.0.0.0/8", "(cidr (v4 10.0.0.0) 104)"},
      {"0.0.0.0/0", "(cidr (v4 0.0.0.0) 96)"},
      {"1.2.3.4/32", "(cidr (v4 1.2.3.4) 128)"},
      {"1.2.3.4/31", "(cidr (v4 1.2.3.4) 127)"},
      {"1.2.3.128/25", "(cidr (v4 1.2.3.128) 121)"},
      {"2001:db8::/32", "(cidr (v6 2001:db8:0:0:0:0:0:0) 32)"},
      {"::/0", "(cidr (v6 0:0:0:0:0:0:0:0) 0)"},
      {"::1/128", "(cidr (v6 0:0:0:0:0:0:0:1) 128)"},
      {"::ffff:0:0/96", "(cidr (v4 0.0.0.0) 96)"},
      {"::ffff:10.0.0.0/104", "(cidr (v4 10.0.0.0) 104)"},
      {"8.", "(prefix 8.)"},
      {"8.8", "(prefix 8.8)"},
      {"8.8.", "(prefix 8.8.)"},
      {"8.8.8", "(prefix 8.8.8)"},
      {"8.8.8.", "(prefix 8.8.8.)"},
      {"10.1", "(prefix 10.1)"},
      {"0.0", "(prefix 0.0)"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(parse_rule(one.text)), one.tree) << one.text;
  }
}

// SPEC 12.1, 12.2: what cannot be parsed is an error at its place.
TEST(IpRule, RefusesTheRestWithItsPlace) {
  struct Case {
    const char* text;
    std::string error;
  };
  const std::string v4_bits = "a prefix length, 0 to 32, with no address bit set behind it";
  const std::string v6_bits = "a prefix length, 0 to 128, with no address bit set behind it";
  const Case cases[] = {
      {"", at(0, kValue)},
      {"  ", at(2, kValue)},
      {".", at(0, kValue)},
      {"x", at(0, kValue)},
      {"**", at(1, kEnd)},
      {"* *", at(1, kEnd)},
      {"8", at(1, "a dot")},
      {" 8 ", at(2, "a dot")},
      {"10.0.0.*", at(7, kEnd)},
      {"1.2.3.4.", at(6, kEnd)},
      {"1.2.3.4.5", at(6, kEnd)},
      {"1.2.3.4:80", at(7, kEnd)},
      {"1.2.3.4 5", at(7, kEnd)},
      {"6.6.6.6, 10.0.0.1", at(7, kEnd)},
      {"256.1.1.1", at(0, kValue)},
      {"1.256.1.1", at(2, kEnd)},
      {"1.2.3.256", at(6, kEnd)},
      {"1.2.3.0004", at(6, kEnd)},
      {"01.2.3.4", at(0, kValue)},
      {"1.02.3.4", at(2, kEnd)},
      {"1.2.3.04", at(6, kEnd)},
      {"00", at(0, kValue)},
      {"8..8", at(2, kEnd)},
      {"+8.8.8.8", at(0, kValue)},
      {"-8.8.", at(0, kValue)},
      {"0x8.8.8.8", at(1, "a dot")},
      {"[::1]", at(0, kValue)},
      {"fe80::1%eth0", at(7, kEnd)},
      {"::1%1", at(3, kEnd)},
      {":::", at(2, kEnd)},
      {"1::2::3", at(4, kEnd)},
      {"::12345", at(2, kEnd)},
      {"::g", at(2, kEnd)},
      {":1", at(0, kValue)},
      {"1:", at(0, kValue)},
      {"1:2:3:4:5:6:7", at(0, kValue)},
      {"1:2:3:4:5:6:7:8:9", at(0, kValue)},
      {"1:2:3:4:5:6:7:8::", at(0, kValue)},
      {"1:2:3:4:5:6:7:1.2.3.4", at(0, kValue)},
      {"::1.2.3", at(2, kEnd)},
      {"::1.2.3.4:5", at(9, kEnd)},
      {"::ffff:1.2.3.256", at(6, kEnd)},
      {"10.0.0.0/", at(9, v4_bits)},
      {"10.0.0.0/33", at(9, v4_bits)},
      {"10.0.0.0/128", at(9, v4_bits)},
      {"10.0.0.0/-1", at(9, v4_bits)},
      {"10.0.0.0/08", at(9, v4_bits)},
      {"10.0.0.0/ 8", at(9, v4_bits)},
      {"10.0.0.0/8/8", at(10, kEnd)},
      {"10.0.0.0/255.0.0.0", at(9, v4_bits)},
      {"10.0.0.1/8", at(9, v4_bits)},
      {"1.2.3.4/0", at(8, v4_bits)},
      {"1.2.3.5/31", at(8, v4_bits)},
      {"10.0/16", at(4, kEnd)},
      {"10./8", at(3, kEnd)},
      {"*/0", at(1, kEnd)},
      {"2001:db8::1/32", at(12, v6_bits)},
      {"::/129", at(3, v6_bits)},
      {"::/", at(3, v6_bits)},
      {"::ffff:10.0.0.0/8", at(16, v6_bits)},
      {"::ffff:0:0/90", at(11, v6_bits)},
      {"localhost", at(0, kValue)},
      {"example.org", at(0, kValue)},
      {"%profile", at(0, kValue)},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(parse_rule(one.text)), one.error) << one.text;
  }
}

TEST(IpRule, KeepsThePrefixAsWrittenAndTrimmed) {
  const auto parsed = parse_rule("  10.1\n");
  ASSERT_TRUE(parsed.ok());
  const auto* prefix = std::get_if<DottedPrefix>(&parsed.value());
  ASSERT_NE(prefix, nullptr);
  EXPECT_EQ(prefix->text, "10.1");
  EXPECT_FALSE(prefix->trailing_dot);
  EXPECT_EQ(prefix->count, 2);
  EXPECT_EQ(prefix->octets[0], 10);
  EXPECT_EQ(prefix->octets[1], 1);
}

TEST(IpRule, AZeroByteIsNotTheEnd) {
  EXPECT_FALSE(parse_rule(std::string_view("8.8.8.8\0", 8)).ok());
  EXPECT_FALSE(parse_rule(std::string_view("*\0", 2)).ok());
  EXPECT_FALSE(parse_rule(std::string_view()).ok());
}

// SPEC 12.3: a caller is one address and nothing else.
TEST(IpAddress, AcceptsAddressesOnly) {
  const auto dumped = [](const char* text) {
    const auto parsed = parse_address(text);
    return parsed.ok() ? dump(parsed.value()) : "refused";
  };
  EXPECT_EQ(dumped("8.8.8.8"), "(v4 8.8.8.8)");
  EXPECT_EQ(dumped(" ::ffff:8.8.8.8 "), "(v4 8.8.8.8)");
  EXPECT_EQ(dumped("2001:db8:0:0:0:0:0:1"), "(v6 2001:db8:0:0:0:0:0:1)");
  for (const char* text : {"", " ", "*", "8.8.", "8.8", "8", "10.0.0.0/8", "::/0", "::1/128",
                           "6.6.6.6, 10.0.0.1", "6.6.6.6:80", "[::1]", "[::1]:80", "fe80::1%eth0",
                           "1.2.3.4.", "01.2.3.4", "unknown", "_hidden", "1.2.3.4 x"}) {
    EXPECT_EQ(dumped(text), "refused") << text;
  }
}

TEST(IpAddress, NamesThePlace) {
  const auto parsed = parse_address(" 6.6.6.6, 10.0.0.1");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().offset, 8U);
  EXPECT_EQ(parsed.error().expected, kEnd);
}

}  // namespace
}  // namespace fhirwall::grammar::ip
