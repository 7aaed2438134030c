// layer: core/patch
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/limits.hpp"
#include "core/json/document.hpp"
#include "core/patch/patch.hpp"

// A patch and a resource, with a zero byte between them. What comes out is the same kind of
// resource, within the bounds; the protected members have the bytes that they had; and where there
// is a refusal, nothing comes out.
namespace {

using namespace fhirwall;

// Members of the resource and of the items of one of its arrays; names that no choice has.
constexpr std::string_view kProtected[] = {"birthDate", "_birthDate", "secret"};
constexpr std::string_view kList = "contact";
constexpr std::string_view kProtectedInList = "name";

struct Text {
  explicit Text(std::string_view text) : bytes(text) {
    bytes.append(json::kPadding, '\0');
    Limits limits;
    limits.max_body_bytes = 1u << 16;
    ok = !parser.parse(std::string_view(bytes).substr(0, text.size()), limits);
  }
  std::string bytes;
  json::Parser parser;
  bool ok = false;
};

constexpr auto kIsProtected = [](std::span<const std::string_view> keys) {
  if (keys.empty()) {
    return true;
  }
  for (const std::string_view key : kProtected) {
    if (keys[0] == key) {
      return true;
    }
  }
  return keys[0] == kList && (keys.size() == 1 || keys[1] == kProtectedInList);
};

// The protected values of a resource, in order.
std::string protected_bytes(const json::Document& document) {
  std::string all;
  const auto append = [&](json::NodeIndex node) {
    all += node == json::kNoNode ? std::string_view("-") : document.raw(node);
    all += '\n';
  };
  for (const std::string_view key : kProtected) {
    append(document.find(0, key));
  }
  const json::NodeIndex list = document.find(0, kList);
  if (list == json::kNoNode) {
    return all;
  }
  append(document.find(list, kProtectedInList));
  for (json::NodeIndex item = list + 1; item < document[list].next; item = document[item].next) {
    append(document.find(item, kProtectedInList));
  }
  return all;
}

bool same_type(const json::Document& a, const json::Document& b) {
  const json::NodeIndex x = a.find(0, "resourceType");
  const json::NodeIndex y = b.find(0, "resourceType");
  return x != json::kNoNode && y != json::kNoNode && a.is_string(x) && a.raw(x) == b.raw(y);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = input.find('\0');
  if (cut == std::string_view::npos) {
    return 0;
  }
  const Text patch(input.substr(0, cut));
  const Text target(input.substr(cut + 1));
  if (!patch.ok || !target.ok) {
    return 0;
  }
  Limits limits;
  limits.max_resource_bytes = 1u << 16;
  limits.max_evaluation_steps = 20'000;
  const patch::Format format = patch.parser.document().is_array(0) ? patch::Format::kJsonPatch
                                                                   : patch::Format::kFhirPathPatch;
  std::string out;
  const patch::Outcome outcome = patch::apply(
      patch.parser.document(), format, target.parser.document().text(), kIsProtected, limits, out);
  if (outcome.error || outcome.refusal != patch::Refusal::kNone) {
    if (!out.empty() || (outcome.error && outcome.refusal != patch::Refusal::kNone)) {
      __builtin_trap();
    }
    return 0;
  }
  const Text result(out);
  if (!result.ok || !same_type(target.parser.document(), result.parser.document()) ||
      protected_bytes(target.parser.document()) != protected_bytes(result.parser.document())) {
    __builtin_trap();
  }
  return 0;
}
