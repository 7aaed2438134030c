// layer: grammar/ip
// IP rule values: what is accepted, written canonically, reads as the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "grammar/ip/dump.hpp"
#include "grammar/ip/parse.hpp"

namespace {

using namespace fhirwall::grammar::ip;

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// `(v4 1.2.3.4)` -> `1.2.3.4`
std::string text_of(const Address& address) {
  const std::string tree = dump(address);
  return tree.substr(4, tree.size() - 5);
}

std::string text_of(const RuleValue& value) {
  if (const auto* address = std::get_if<Address>(&value)) {
    return text_of(*address);
  }
  if (const auto* cidr = std::get_if<Cidr>(&value)) {
    return text_of(cidr->network) + "/" +
           std::to_string(cidr->network.is_v4 ? cidr->bits - 96 : cidr->bits);
  }
  if (const auto* prefix = std::get_if<DottedPrefix>(&value)) {
    return prefix->text;
  }
  return "*";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rule = parse_rule(text);
  if (rule.ok()) {
    const auto again = parse_rule(text_of(rule.value()));
    check(again.ok() && again.value() == rule.value());
  } else {
    check(rule.error().offset <= size && !rule.error().expected.empty());
  }
  const auto address = parse_address(text);
  const bool rule_is_address = rule.ok() && std::holds_alternative<Address>(rule.value());
  check(address.ok() == rule_is_address);
  check(!address.ok() || address.value() == std::get<Address>(rule.value()));
  return 0;
}
