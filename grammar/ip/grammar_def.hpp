#pragma once

#include <cstddef>
#include <vector>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/must.hpp"
#include "grammar/ip/ast.hpp"

namespace fhirwall::grammar::ip {

// An IPv6 text taken apart: the groups before and behind `::`, and a dotted IPv4 tail.
struct V6Parts {
  std::vector<std::uint16_t> head;
  std::vector<std::uint16_t> tail;
  bool has_gap = false;
  bool has_v4_tail = false;
  Address v4_tail;
};

// The 128-bit form of `parts`. False when there are too few or too many groups.
bool assemble(const V6Parts& parts, Address& address);

// SPEC 12.1: no bit set behind the mask.
bool host_bits_are_zero(const Cidr& cidr);

constexpr std::uint8_t kMappedBits = 96;      // length of ::ffff:0:0/96, the home of IPv4
constexpr std::size_t kMappedFirstByte = 12;  // where IPv4's four bytes stand in the 128-bit form

constexpr std::string_view kValue = "an IP address, a CIDR, a dotted prefix or `*`";

namespace rules {

// --- Semantic actions: each stores what was read in the rule's attribute.

template <std::size_t I>
struct StoreV4Octet {
  template <typename Context>
  void operator()(Context& context) const {
    Address& address = x3::_val(context);
    address.bytes[kMappedFirstByte - 2] = 0xff;
    address.bytes[kMappedFirstByte - 1] = 0xff;
    address.bytes[kMappedFirstByte + I] = x3::_attr(context);
    address.is_v4 = true;
  }
};

template <std::size_t I>
struct StorePrefixOctet {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).octets[I] = x3::_attr(context);
    x3::_val(context).count = I + 1;
    x3::_val(context).trailing_dot = false;
  }
};

constexpr auto store_dot = [](auto& context) { x3::_val(context).trailing_dot = true; };
constexpr auto store_head = [](auto& context) { x3::_val(context).head = x3::_attr(context); };
constexpr auto store_tail = [](auto& context) { x3::_val(context).tail = x3::_attr(context); };
constexpr auto store_gap = [](auto& context) { x3::_val(context).has_gap = true; };
constexpr auto store_v4_tail = [](auto& context) {
  x3::_val(context).has_v4_tail = true;
  x3::_val(context).v4_tail = x3::_attr(context);
};
constexpr auto store_v6 = [](auto& context) {
  x3::_pass(context) = assemble(x3::_attr(context), x3::_val(context));
};
constexpr auto store_network = [](auto& context) {
  x3::_val(context).network = x3::_attr(context);
};
constexpr auto store_v4_bits = [](auto& context) {
  x3::_val(context).bits = static_cast<std::uint8_t>(x3::_attr(context) + kMappedBits);
  x3::_pass(context) = x3::_val(context).bits <= 128 && host_bits_are_zero(x3::_val(context));
};
constexpr auto store_v6_bits = [](auto& context) {
  x3::_val(context).bits = x3::_attr(context);
  x3::_pass(context) = x3::_val(context).bits <= 128 && host_bits_are_zero(x3::_val(context));
};
constexpr auto store_any = [](auto& context) { x3::_val(context) = Any{}; };
constexpr auto store = [](auto& context) { x3::_val(context) = x3::_attr(context); };

// --- Rules.

constexpr std::string_view kOctet = "an octet, 0 to 255 without leading zero";
constexpr std::string_view kV4Bits = "a prefix length, 0 to 32, with no address bit set behind it";
constexpr std::string_view kV6Bits = "a prefix length, 0 to 128, with no address bit set behind it";

using Digits3 = x3::uint_parser<std::uint8_t, 10, 1, 3>;
using Hex4 = x3::uint_parser<std::uint16_t, 16, 1, 4>;

const x3::rule<struct NumberTag, std::uint8_t> number = "number";
const x3::rule<struct GroupTag, std::uint16_t> group = "group";
const x3::rule<struct GroupsTag, std::vector<std::uint16_t>> groups = "groups";
const x3::rule<struct V4Tag, Address> v4_address = "v4_address";
const x3::rule<struct V6PartsTag, V6Parts> v6_parts = "v6_parts";
const x3::rule<struct V6Tag, Address> v6_address = "v6_address";
const x3::rule<struct V4CidrTag, Cidr> v4_cidr = "v4_cidr";
const x3::rule<struct V6CidrTag, Cidr> v6_cidr = "v6_cidr";
const x3::rule<struct PrefixTag, DottedPrefix> dotted_prefix = "dotted_prefix";
const x3::rule<struct AddressTag, Address> address = "address";
const x3::rule<struct RuleValueTag, RuleValue> rule_value = "rule_value";

const auto digit = x3::char_('0', '9');
const auto hex_digit = digit | x3::char_('a', 'f') | x3::char_('A', 'F');

// SPEC 12.1: octets with leading zeros are unparsable (some readers take them as octal).
const auto number_def = !(x3::lit('0') >> digit) >> Digits3{} >> !digit;

const auto group_def = Hex4{} >> !hex_digit >> !x3::lit('.');
const auto groups_def = group % ':';

const auto v4_address_def = number[StoreV4Octet<0>{}] >> '.' >>  //
                            number[StoreV4Octet<1>{}] >> '.' >>  //
                            number[StoreV4Octet<2>{}] >> '.' >>  //
                            number[StoreV4Octet<3>{}] >> !x3::lit('.');

const auto v6_parts_def = -groups[store_head] >>
                          ((x3::lit("::")[store_gap] >>
                            -(groups[store_tail] >> -(':' >> v4_address[store_v4_tail]) |
                              v4_address[store_v4_tail])) |
                           -(':' >> v4_address[store_v4_tail]));
const auto v6_address_def = v6_parts[store_v6];

const auto v4_cidr_def = v4_address[store_network] >> '/' >> must(number[store_v4_bits], kV4Bits);
const auto v6_cidr_def = v6_address[store_network] >> '/' >> must(number[store_v6_bits], kV6Bits);

// `8.`, `8.8`, `8.8.`, `8.8.8`, `8.8.8.`; a number without a dot is no prefix.
const auto dotted_prefix_def = number[StorePrefixOctet<0>{}] >> !x3::lit(':') >>
                               must(x3::lit('.'), "a dot")[store_dot] >>
                               -(number[StorePrefixOctet<1>{}] >>
                                 -(x3::lit('.')[store_dot] >>
                                   -(number[StorePrefixOctet<2>{}] >> -x3::lit('.')[store_dot])));

const auto address_def = v6_address[store] | v4_address[store];

const auto rule_value_def = must(x3::lit('*')[store_any] | v6_cidr[store] | v6_address[store] |
                                     v4_cidr[store] | v4_address[store] | dotted_prefix[store],
                                 kValue);

BOOST_SPIRIT_DEFINE(number, group, groups, v4_address, v6_parts, v6_address, v4_cidr, v6_cidr,
                    dotted_prefix, address, rule_value)

}  // namespace rules
}  // namespace fhirwall::grammar::ip
