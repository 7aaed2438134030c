#include "grammar/ip/parse.hpp"

#include "grammar/common/entry.hpp"
#include "grammar/ip/grammar_def.hpp"

namespace fhirwall::grammar::ip {
namespace {

constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";

// `text` without white space around it; `skipped` counts the bytes taken off the front.
std::string_view trim(std::string_view text, std::uint32_t& skipped) {
  const std::size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) {
    skipped = static_cast<std::uint32_t>(text.size());
    return text.substr(text.size());
  }
  skipped = static_cast<std::uint32_t>(begin);
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) - begin + 1);
}

std::uint8_t high_byte(std::uint16_t group) { return static_cast<std::uint8_t>(group >> 8); }
std::uint8_t low_byte(std::uint16_t group) { return static_cast<std::uint8_t>(group & 0xff); }

// SPEC 12.1: IPv4-mapped IPv6 is IPv4.
bool is_mapped_v4(const Address& address) {
  for (std::size_t i = 0; i < kMappedFirstByte - 2; ++i) {
    if (address.bytes[i] != 0) {
      return false;
    }
  }
  return address.bytes[kMappedFirstByte - 2] == 0xff && address.bytes[kMappedFirstByte - 1] == 0xff;
}

template <typename Start, typename Value>
Parsed<Value> parse_trimmed(const Start& start, std::string_view text, std::string_view wanted,
                            Value value) {
  std::uint32_t skipped = 0;
  const std::string_view trimmed = trim(text, skipped);
  Failure failure(trimmed.data());
  if (parse_all(must(start, wanted), trimmed, failure, "the end of the value", value)) {
    return value;
  }
  SyntaxError error = failure.error();
  error.offset += skipped;
  return error;
}

}  // namespace

bool assemble(const V6Parts& parts, Address& address) {
  const std::size_t behind = parts.tail.size() + (parts.has_v4_tail ? 2 : 0);
  const std::size_t count = parts.head.size() + behind;
  // RFC 4291 2.2: `::` stands for one or more groups of zeros.
  if (parts.has_gap ? count > 7 : count != 8) {
    return false;
  }
  address = {};
  std::size_t at = 0;
  for (const std::uint16_t group : parts.head) {
    address.bytes[at++] = high_byte(group);
    address.bytes[at++] = low_byte(group);
  }
  at = 2 * (8 - behind);
  for (const std::uint16_t group : parts.tail) {
    address.bytes[at++] = high_byte(group);
    address.bytes[at++] = low_byte(group);
  }
  if (parts.has_v4_tail) {
    for (std::size_t i = kMappedFirstByte; i < address.bytes.size(); ++i) {
      address.bytes[i] = parts.v4_tail.bytes[i];
    }
  }
  address.is_v4 = is_mapped_v4(address);
  return true;
}

bool host_bits_are_zero(const Cidr& cidr) {
  for (std::size_t bit = cidr.bits; bit < 128; ++bit) {
    if ((cidr.network.bytes[bit / 8] & (0x80U >> (bit % 8))) != 0) {
      return false;
    }
  }
  return true;
}

Parsed<RuleValue> parse_rule(std::string_view text) {
  Parsed<RuleValue> parsed = parse_trimmed(rules::rule_value, text, kValue, RuleValue{});
  if (parsed.ok()) {
    RuleValue value = std::move(parsed).value();
    if (auto* prefix = std::get_if<DottedPrefix>(&value)) {
      std::uint32_t skipped = 0;
      prefix->text = trim(text, skipped);
    }
    return value;
  }
  return parsed;
}

Parsed<Address> parse_address(std::string_view text) {
  return parse_trimmed(rules::address, text, "an IPv4 or IPv6 address", Address{});
}

}  // namespace fhirwall::grammar::ip
