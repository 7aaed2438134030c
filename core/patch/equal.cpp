#include "core/patch/equal.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/wipe.hpp"

namespace fhirwall::patch {

using json::Document;
using json::Kind;
using json::NodeIndex;

namespace {

// digits * 10^exponent, without zeros at either end of the digits.
struct Number {
  bool negative = false;
  bool too_far = false;  // an exponent that cannot be counted
  std::string digits;
  std::int64_t exponent = 0;
};

Number read_number(std::string_view text) {
  constexpr std::int64_t kFar = 1'000'000'000'000;
  Number number;
  std::size_t at = 0;
  number.negative = text.front() == '-';
  at += number.negative ? 1u : 0u;
  bool fraction = false;
  for (; at < text.size() && (text[at] | 0x20) != 'e'; ++at) {
    if (text[at] == '.') {
      fraction = true;
      continue;
    }
    number.exponent -= fraction ? 1 : 0;
    if (text[at] != '0' || !number.digits.empty()) {
      number.digits += text[at];
    }
  }
  if (at < text.size()) {
    ++at;
    const bool negative = text[at] == '-';
    at += negative || text[at] == '+' ? 1u : 0u;
    std::int64_t written = 0;
    for (; at < text.size() && written < kFar; ++at) {
      written = written * 10 + (text[at] - '0');
    }
    number.too_far = written >= kFar;
    number.exponent += negative ? -written : written;
  }
  while (!number.digits.empty() && number.digits.back() == '0') {
    number.digits.pop_back();
    ++number.exponent;
  }
  if (number.digits.empty()) {
    return {};
  }
  return number;
}

struct Member {
  std::string_view key;
  NodeIndex node;
};

void members_of(const Document& document, NodeIndex object, std::vector<Member>& out) {
  out.clear();
  for (NodeIndex node = object + 1; node != document[object].next; node = document[node].next) {
    out.push_back({document.key(node), node});
  }
  // Not std::sort, which is several times as much code.
  const auto by_key = [](const Member& x, const Member& y) { return x.key < y.key; };
  std::make_heap(out.begin(), out.end(), by_key);
  std::sort_heap(out.begin(), out.end(), by_key);
}

}  // namespace

bool same_number(std::string_view a, std::string_view b) {
  if (a == b) {
    return true;
  }
  const Number x = read_number(a);
  const Number y = read_number(b);
  return !x.too_far && !y.too_far && x.negative == y.negative && x.exponent == y.exponent &&
         x.digits == y.digits;
}

bool same_value(const Document& a, NodeIndex a_node, const Document& b, NodeIndex b_node) {
  std::vector<std::pair<NodeIndex, NodeIndex>> open{{a_node, b_node}};
  std::vector<Member> x;
  std::vector<Member> y;
  WipedText scratch_x;
  WipedText scratch_y;
  while (!open.empty()) {
    const auto [left, right] = open.back();
    open.pop_back();
    if (a.kind(left) != b.kind(right)) {
      return false;
    }
    switch (a.kind(left)) {
      case Kind::kTrue:
      case Kind::kFalse:
      case Kind::kNull: break;
      case Kind::kNumber:
        if (!same_number(a.raw(left), b.raw(right))) {
          return false;
        }
        break;
      case Kind::kString:
        if (a.string(left, scratch_x.text) != b.string(right, scratch_y.text)) {
          return false;
        }
        break;
      case Kind::kArray: {
        NodeIndex i = left + 1;
        NodeIndex j = right + 1;
        for (; i != a[left].next && j != b[right].next; i = a[i].next, j = b[j].next) {
          open.emplace_back(i, j);
        }
        if (i != a[left].next || j != b[right].next) {
          return false;
        }
        break;
      }
      case Kind::kObject:
        members_of(a, left, x);
        members_of(b, right, y);
        if (x.size() != y.size()) {
          return false;
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
          if (x[i].key != y[i].key) {
            return false;
          }
          open.emplace_back(x[i].node, y[i].node);
        }
        break;
    }
  }
  return true;
}

}  // namespace fhirwall::patch
