// layer: core/redact
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/repair.hpp"

// The first bytes choose the lists; the rest is the stored version and, behind a line break, the
// submission. What comes out is JSON, what was shown of the stored version loses nothing when it is
// sent back, and a result that is shown and sent back stays what it is. A create holds nothing
// protected.
namespace {

using namespace fhirwall;

struct Choice {
  const char* type;
  std::array<const char*, 6> paths;
};

const Choice kChoices[] = {
    {"Patient", {"name", "birthDate", "name.family", "maritalStatus.coding", "active", "name.id"}},
    {"Patient",
     {"name.given.extension", "contact.telecom.value", "name.text", "address.extension",
      "birthDate.extension", "name.given"}},
    {"Patient",
     {"extension('a')", "extension('b').value[x]", "extension.valueString", "extension.id",
      "name.extension('a').extension('b')", "extension('a').extension"}},
    {"Observation",
     {"value[x]", "valueQuantity.unit", "component.valueString", "code.coding.code",
      "value[x].extension", "component.code.text"}},
    {"Composition",
     {"title", "section.title", "section.section.text", "text.id", "section.text", "author"}},
    {"Parameters",
     {"parameter.value[x].extension", "parameter.resource", "parameter.part.name", "meta.tag",
      "parameter.valueString", "meta"}},
};

std::shared_ptr<const redact::Plan> plan_of(const Choice& choice, unsigned mask,
                                            const redact::PlanOptions& options) {
  const fhir::TypeId type = fhir::find_resource_type(choice.type);
  std::vector<fhir::ElementPath> paths;
  for (std::size_t i = 0; i < choice.paths.size(); ++i) {
    redact::ResolveFailure failure;
    if ((mask >> i & 1) != 0 &&
        !redact::resolve_path(choice.paths[i], type, paths.emplace_back(), failure)) {
      __builtin_trap();
    }
  }
  return redact::make_plan(type, paths, options);
}

class Parsed {
 public:
  explicit Parsed(std::string_view text) : bytes_(text), size_(text.size()) {
    bytes_.append(json::kPadding, '\0');
    ok_ = !parser_.parse(std::string_view(bytes_).substr(0, size_), Limits{}) &&
          parser_.document().is_object(0);
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const json::Document& document() const { return parser_.document(); }

 private:
  std::string bytes_;
  std::size_t size_;
  json::Parser parser_;
  bool ok_ = false;
};

std::string redacted(const redact::Plan& plan, const Parsed& parsed) {
  redact::Redactor redactor;
  redact::Edits edits;
  redactor.redact(parsed.document(), 0, plan, edits);
  const std::string_view text = parsed.document().text();
  std::string out;
  edits.apply(text, 0, static_cast<std::uint32_t>(text.size()), out);
  return out;
}

// Without white space between tokens, and with nothing else changed.
std::string compact(std::string_view text) {
  std::string out;
  bool string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (string && c == '\\') {
      out += c;
      out += text[++i];
      continue;
    }
    string = (c == '"') != string;
    if (string || (c != ' ' && c != '\t' && c != '\n' && c != '\r')) {
      out += c;
    }
  }
  return out;
}

void expect(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) {
    return 0;
  }
  const Choice& choice = kChoices[data[0] % std::size(kChoices)];
  const redact::PlanOptions fields_only{false, true, true};
  redact::PlanOptions options;
  options.closure_strict = (data[0] & 0x20) == 0;
  options.keep_unknown_elements = (data[0] & 0x40) != 0;
  options.extended_meta = (data[0] & 0x80) != 0;
  const auto shown = plan_of(choice, data[1], options);
  const auto hidden = plan_of(choice, data[1], fields_only);
  const auto readonly = plan_of(choice, data[2], fields_only);
  const redact::RepairPlans plans{shown.get(), hidden.get(), readonly.get()};

  const std::string_view text(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::size_t split = text.find('\n');
  const Parsed before(text.substr(0, split));
  const Parsed after(split == std::string_view::npos ? "" : text.substr(split + 1));

  if (after.ok()) {
    std::string created;
    const redact::Repair repair = redact::repair(nullptr, 0, after.document(), 0, plans, created);
    expect(repair.refused == created.empty());
    if (!repair.refused) {
      const Parsed result(created);
      expect(result.ok());
      std::string again;
      const redact::Repair twice = redact::repair(nullptr, 0, result.document(), 0, plans, again);
      expect(!twice.refused && twice.conflicts.empty() && again == created);
      expect(!repair.conflicts.empty() ||
             created == after.document().text().substr(
                            after.document()[0].begin,
                            after.document()[0].end - after.document()[0].begin));
    }
  }
  if (!before.ok()) {
    return 0;
  }
  const auto echo_of = [&](const Parsed& version) {
    const Parsed echo(redacted(*shown, version));
    expect(echo.ok());
    std::string out;
    const redact::Repair repair =
        redact::repair(&version.document(), 0, echo.document(), 0, plans, out);
    expect(!repair.refused);
    expect(repair.conflicts.empty());
    expect(compact(out) == compact(version.document().text()));
  };
  echo_of(before);
  if (after.ok()) {
    std::string out;
    const redact::Repair repair =
        redact::repair(&before.document(), 0, after.document(), 0, plans, out);
    expect(repair.refused == out.empty());
    if (!repair.refused) {
      const Parsed result(out);
      expect(result.ok());
      echo_of(result);
    }
  }
  return 0;
}
