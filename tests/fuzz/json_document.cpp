// layer: core/json
// Any bytes as a JSON text: what is accepted, simdjson's DOM accepts too (but for the size of
// numbers), every kernel builds the same table, its spans are nested and ascending, and each value
// parses alone; what is refused is refused by every kernel, at an offset inside the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "core/json/document.hpp"

#define FHIRWALL_SOURCE_DIR "."
#include "tests/native/core/json/support.hpp"

namespace fhirwall::json {
namespace {

void require(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

bool is_number_size(simdjson::error_code code) {
  return code == simdjson::NUMBER_ERROR || code == simdjson::BIGINT_ERROR ||
         code == simdjson::NUMBER_OUT_OF_RANGE;
}

void check_table(const Document& doc, const Document& other) {
  require(doc.size() == other.size());
  std::string scratch;
  std::uint32_t position = 0;
  for (NodeIndex i = 0; i < doc.size(); ++i) {
    const Node& node = doc[i];
    require(node.begin >= position && node.begin < node.end && node.end <= doc.text().size());
    require(node.next > i && node.next <= doc.size());
    require(node.begin == other[i].begin && node.end == other[i].end &&
            node.next == other[i].next && doc.key(i) == other.key(i) &&
            doc.kind(i) == other.kind(i));
    position = node.begin + 1;
    for (NodeIndex child = i + 1; child != node.next; child = doc[child].next) {
      require(doc[child].end < node.end && doc[child].next <= node.next);
      if (doc.is_object(i) && node.next - i < 200) {
        require(doc.find(i, doc.key(child)) == child);
      }
    }
    if (doc.is_string(i)) {
      require(doc.string_is(i, doc.string(i, scratch)));
    }
  }
}

// Looks at nothing; gives up at the item of that number.
class Passer final : public ItemVisitor {
 public:
  explicit Passer(std::size_t last) : left_(last) {}
  bool open(const Document&, NodeIndex) override { return true; }
  bool visit(const Document& document, NodeIndex item) override {
    require(document[item].next == document.size());
    return left_-- != 0;
  }

 private:
  std::size_t left_;
};

}  // namespace
}  // namespace fhirwall::json

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fhirwall;
  using namespace fhirwall::json;
  static Parser parser;
  static Parser fallback = Parser::with_kernel("fallback");
  static simdjson::dom::parser dom;
  const ExactText text({reinterpret_cast<const char*>(data), size});
  const Error error = parser.parse(text.view(), {});
  const Error fallback_error = fallback.parse(text.view(), {});
  require(bool(error) == bool(fallback_error));
  require(error.offset <= size && fallback_error.offset <= size);
  // Item by item it is accepted or refused all the same, at the same place.
  static Parser windowed;
  Passer passer(size % 3 == 0 ? 1 : size);
  bool visited = false;
  const Error windowed_error = windowed.parse(text.view(), {}, "entry", passer, visited);
  require(windowed_error.code == error.code && windowed_error.offset == error.offset);
  if (error) {
    require(parser.document().size() == 0 && !visited);
    return 0;
  }
  simdjson::dom::element root;
  const simdjson::error_code dom_error = dom.parse(text.view().data(), size, false).get(root);
  require(!dom_error || is_number_size(dom_error));
  check_table(parser.document(), fallback.document());
  // One value, chosen by the input, alone.
  const NodeIndex chosen = static_cast<NodeIndex>(size * 7919 % parser.document().size());
  const NodeIndex nodes = parser.document()[chosen].next - chosen;
  const ExactText alone(parser.document().raw(chosen));
  require(!parser.parse(alone.view(), {}) && parser.document().size() == nodes);
  return 0;
}
