#include "grammar/ip/dump.hpp"

#include <cstddef>

namespace fhirwall::grammar::ip {
namespace {

std::string hex(unsigned value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value % 16]);
    value /= 16;
  } while (value != 0);
  return text;
}

}  // namespace

std::string dump(const Address& address) {
  std::string text = address.is_v4 ? "(v4 " : "(v6 ";
  if (address.is_v4) {
    for (std::size_t i = 12; i < 16; ++i) {
      text += std::to_string(address.bytes[i]);
      text += i < 15 ? '.' : ')';
    }
    return text;
  }
  for (std::size_t i = 0; i < 16; i += 2) {
    text += hex(address.bytes[i] * 256U + address.bytes[i + 1]);
    text += i < 14 ? ':' : ')';
  }
  return text;
}

std::string dump(const RuleValue& value) {
  if (const auto* address = std::get_if<Address>(&value)) {
    return dump(*address);
  }
  if (const auto* cidr = std::get_if<Cidr>(&value)) {
    std::string text = "(cidr ";
    text += dump(cidr->network);
    text += ' ';
    text += std::to_string(cidr->bits);
    text += ')';
    return text;
  }
  if (const auto* prefix = std::get_if<DottedPrefix>(&value)) {
    std::string text = "(prefix ";
    for (std::size_t i = 0; i < prefix->count; ++i) {
      if (i != 0) {
        text += '.';
      }
      text += std::to_string(prefix->octets[i]);
    }
    text += prefix->trailing_dot ? ".)" : ")";
    return text;
  }
  return "*";
}

}  // namespace fhirwall::grammar::ip
