#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>

// The value of an `ipAccessRule` (SPEC 12.1) and a caller's address.
namespace fhirwall::grammar::ip {

// IPv4 as its IPv4-mapped IPv6 form, so that `::ffff:8.8.8.8` and `8.8.8.8` are one address.
// Network order.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = false;
  friend bool operator==(const Address&, const Address&) = default;
};

struct Any {  // `*`
  friend bool operator==(const Any&, const Any&) = default;
};

// `10.0.0.0/8`, `2001:db8::/32`. `bits` counts from the start of the 128-bit form: an IPv4 /8 is
// 104.
struct Cidr {
  Address network;
  std::uint8_t bits = 0;
  friend bool operator==(const Cidr&, const Cidr&) = default;
};

// `8.8.` or `8.8`: one to three whole octets.
struct DottedPrefix {
  std::array<std::uint8_t, 3> octets{};
  std::uint8_t count = 0;
  bool trailing_dot = false;
  std::string
      text;  // as written, trimmed: a `block` rule without trailing dot also matches as text
  friend bool operator==(const DottedPrefix&, const DottedPrefix&) = default;
};

using RuleValue = std::variant<Any, Address, Cidr, DottedPrefix>;

}  // namespace fhirwall::grammar::ip
