// layer: core/fhirpath
// FHIRPath: compile and evaluate. Input: a byte that chooses, then either an expression, a line
// feed and a resource as they are, or bytes from which both are built. Invariants: an error is one
// of the evaluation or of a bound, and says nothing of the resource; the same input gives the same
// result, also when the type of the resource is known beforehand and when the check is strict; the
// results lie inside their documents, have a type that was foretold, and are written as JSON.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhirpath/program.hpp"
#include "core/fhirpath/result.hpp"
#include "tests/fuzz/fhirpath_generator.hpp"

namespace {

using namespace fhirwall;

std::string_view current_expression;
std::string_view current_resource;

void require(bool holds, const char* what, std::string_view detail = {}) {
  if (!holds) {
    std::fprintf(stderr, "broken: %s %.*s\nexpression: %.*s\nresource: %.*s\n", what,
                 static_cast<int>(detail.size()), detail.data(),
                 static_cast<int>(current_expression.size()), current_expression.data(),
                 static_cast<int>(current_resource.size()), current_resource.data());
    std::abort();
  }
}

// A JSON text with the padding that the parser wants.
class Text {
 public:
  explicit Text(std::string_view json) : bytes_(json), size_(json.size()) {
    bytes_.append(json::kPadding, ' ');
    Limits limits;
    limits.max_depth = 1000;
    valid_ = !parser_.parse(std::string_view(bytes_).substr(0, size_), limits);
  }
  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] const json::Document& document() const { return parser_.document(); }

 private:
  std::string bytes_;
  std::size_t size_;
  json::Parser parser_;
  bool valid_ = false;
};

Limits small_limits() {
  Limits limits;
  limits.max_evaluation_steps = 20'000;
  limits.max_evaluation_bytes = 1 << 20;
  return limits;
}

void check_items(const std::vector<fhirpath::Item>& items,
                 const std::vector<const json::Document*>& documents,
                 std::span<const fhir::TypeId> types) {
  using Form = fhirpath::Item::Form;
  for (const fhirpath::Item& item : items) {
    if (item.form != Form::kNode) {
      continue;
    }
    require(item.document < documents.size(), "a node of a document of the evaluation");
    const json::Document& document = *documents[item.document];
    require(item.node == json::kNoNode || item.node < document.size(), "a node of its document");
    require(item.sibling == json::kNoNode || item.sibling < document.size(), "a sibling too");
    require(item.node != json::kNoNode || item.sibling != json::kNoNode, "there is something");
    if (item.type != fhir::TypeId::kNone && !types.empty()) {
      require(std::any_of(types.begin(), types.end(),
                          [&](fhir::TypeId type) { return fhir::is_a(item.type, type); }),
              "a type that was foretold", fhir::type_name(item.type));
    }
  }
}

// True if an object has two variants of one choice, `valueString` and `valueQuantity`: not valid,
// and which of them comes first depends on what is known of its type.
bool has_two_variants(const json::Document& document) {
  const auto name_of = [&document](json::NodeIndex i) {
    const std::string_view key = document.key(i);
    return key.substr(key.starts_with('_') ? 1 : 0);
  };
  const auto is_upper = [](std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= 'A' && text[at] <= 'Z';
  };
  for (json::NodeIndex object = 0; object < document.size(); ++object) {
    if (!document.is_object(object)) {
      continue;
    }
    const json::NodeIndex end = document[object].next;
    for (json::NodeIndex a = object + 1; a != end; a = document[a].next) {
      for (json::NodeIndex b = document[a].next; b != end; b = document[b].next) {
        const std::string_view x = name_of(a);
        const std::string_view y = name_of(b);
        std::size_t common = 0;
        while (common < x.size() && common < y.size() && x[common] == y[common]) {
          ++common;
        }
        if (x == y) {
          continue;
        }
        for (std::size_t i = 1; i <= common; ++i) {
          if (is_upper(x, i) && is_upper(y, i)) {
            return true;
          }
        }
      }
    }
  }
  return false;
}

// The written result; the error if there was one.
std::string run(const fhirpath::Program& program, const fhirpath::Input& input) {
  static fhirpath::Scratch scratch;
  static std::vector<fhirpath::Item> items;
  const Limits limits = small_limits();
  items.clear();
  const fhirpath::EvaluationError failed =
      fhirpath::evaluate(program, input, limits, scratch, items);
  if (failed) {
    const ErrorClass error_class = fhirwall::error_class(failed.error.code);
    require(error_class == ErrorClass::kEvaluation || error_class == ErrorClass::kLimit,
            "an error of the evaluation", error_name(failed.error.code));
    require(items.empty(), "nothing beside an error");
    require(failed.error.offset <= current_expression.size(), "an offset in the expression");
    require(failed.message.find('\n') == std::string::npos, "one line", failed.message);
    require(failed.message.find(fuzz::kCanary) == std::string::npos ||
                current_expression.find(fuzz::kCanary) != std::string_view::npos,
            "no value of the resource in a message", failed.message);
    return "error " + std::string(error_name(failed.error.code)) + " " +
           std::to_string(failed.error.offset) + " " + failed.message;
  }
  check_items(items, scratch.documents, fhirpath::result_types(program));
  std::string typed;
  for (const auto form : {fhirpath::ResultForm::kJson, fhirpath::ResultForm::kTyped}) {
    typed.clear();
    std::uint32_t count = 0;
    if (!fhirpath::write_result(items, scratch.documents, form, 1 << 20, typed, count)) {
      require(typed.empty(), "nothing of a result that is too large");
      return "too large";
    }
    require(typed.size() <= (1 << 20), "a result within its bound");
    const Text written(typed);
    require(written.valid() && written.document().is_array(0), "a JSON array", typed);
    std::uint32_t members = 0;
    const json::Document& document = written.document();
    for (json::NodeIndex i = 1; i < document[0].next; i = document[i].next) {
      ++members;
    }
    require(members == count && count <= items.size(), "as many values as items", typed);
  }
  std::string records;
  std::uint32_t count = 0;
  if (fhirpath::write_result(items, scratch.documents, fhirpath::ResultForm::kRecords, 1 << 20,
                             records, count)) {
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      require(records.size() - at >= 4, "a whole head");
      std::uint32_t head = 0;
      for (std::size_t k = 4; k > 0; --k) {
        head = head << 8 | static_cast<std::uint8_t>(records[at + k - 1]);
      }
      const std::size_t size = head >> 3;
      const std::string_view payload = std::string_view(records).substr(at + 4, size);
      require(payload.size() == size, "a whole payload");
      require((head & 7) <= static_cast<std::uint32_t>(fhirpath::RecordKind::kJson),
              "a known kind");
      if ((head & 7) == static_cast<std::uint32_t>(fhirpath::RecordKind::kJson)) {
        require(Text(payload).valid(), "one JSON value", payload);
      }
      if ((head & 7) == static_cast<std::uint32_t>(fhirpath::RecordKind::kAscii)) {
        require(std::all_of(payload.begin(), payload.end(),
                            [](char c) { return static_cast<std::uint8_t>(c) < 0x80; }),
                "ASCII is ASCII");
      }
      at += 4 + (size + 3) / 4 * 4;
    }
    require(at == records.size(), "records and nothing else");
  }
  return typed;
}

fhirpath::CompileResult compiled(std::string_view expression, fhir::TypeId focus, bool strict) {
  fhirpath::CompileOptions options;
  options.focus = focus;
  options.strict = strict;
  fhirpath::CompileResult result = fhirpath::compile(expression, options);
  if (!result.program) {
    require(!result.error.message.empty() && result.error.offset <= expression.size(),
            "a reason and its place");
    require(result.error.message.find('\n') == std::string::npos, "one line", result.error.message);
  }
  return result;
}

void check_search(std::string_view expression, const json::Document& document, fhir::TypeId type) {
  const fhirpath::CompileResult program = fhirpath::compile_search(expression, type);
  if (!program.program) {
    require(!program.error.message.empty() && program.error.offset <= expression.size(),
            "a reason and its place");
    return;
  }
  fhirpath::Scratch scratch;
  std::vector<fhirpath::Item> items;
  const Limits limits = small_limits();
  bool malformed = false;
  const Error error =
      fhirpath::evaluate_search(*program.program, document, 0, limits, scratch, items, malformed);
  require(!error || items.empty(), "nothing beside an error");
  check_items(items, scratch.documents, fhirpath::result_types(*program.program));
  const std::size_t count = items.size();
  bool again = false;
  items.clear();
  const Error second =
      fhirpath::evaluate_search(*program.program, document, 0, limits, scratch, items, again);
  require(error.code == second.code && items.size() == count && again == malformed,
          "search is deterministic");
}

void check(std::string_view expression, std::string_view json) {
  current_expression = expression;
  current_resource = json;
  static const Text variable(R"({"resourceType":"Patient","name":[{"family":"V"}],"active":true})");
  static const Text list(R"([1,2.50,"x",true,{"a":[1]},null])");
  const fhirpath::CompileResult program = compiled(expression, fhir::TypeId::kNone, false);
  const Text resource(json);
  if (!resource.valid() || !resource.document().is_object(0)) {
    return;
  }
  const json::Document& document = resource.document();
  const std::vector<fhirpath::Variable> variables = {
      {"v", &variable.document(), 0}, {"list", &list.document(), 0}, {"before", nullptr, 0}};
  fhirpath::Input input;
  input.document = &document;
  input.variables = variables;
  input.now_ms = 1'767'323'045'678;
  input.zone_minutes = 330;
  const json::NodeIndex type_node = document.find(0, "resourceType");
  std::string unescaped;
  const fhir::TypeId type = type_node != json::kNoNode && document.is_string(type_node)
                                ? fhir::find_resource_type(document.string(type_node, unescaped))
                                : fhir::TypeId::kNone;
  if (program.program) {
    const std::string first = run(*program.program, input);
    if (std::getenv("FHIRWALL_FUZZ_SHOW") != nullptr) {
      std::fprintf(stderr, "%.*s\n  %.*s\n  %s\n", static_cast<int>(expression.size()),
                   expression.data(), static_cast<int>(json.size()), json.data(), first.c_str());
    }
    require(run(*program.program, input) == first, "deterministic", first);
    if (type != fhir::TypeId::kNone && !has_two_variants(document)) {
      const fhirpath::CompileResult known = compiled(expression, type, false);
      if (known.program) {
        const std::string other = run(*known.program, input);
        require(other == first, "the same when the type is known", first + "\n" + other);
      }
      const fhirpath::CompileResult strict = compiled(expression, type, true);
      require(!strict.program || known.program, "what is strict is allowed",
              known.program ? "" : known.error.message);
      if (strict.program) {
        const std::string other = run(*strict.program, input);
        require(other == first, "the same when strict", first + "\n" + other);
      }
    }
    input.untyped = true;
    (void)run(*program.program, input);
  } else if (type != fhir::TypeId::kNone) {
    require(!compiled(expression, type, true).program, "refused, so refused when strict");
  }
  if (type != fhir::TypeId::kNone) {
    check_search(expression, document, type);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  if (data[0] >= 0x80) {
    fuzz::Choices choices(data + 1, size - 1);
    const std::string resource = fuzz::ResourceBuilder(choices).build();
    const std::string expression = fuzz::ExpressionBuilder(choices).build();
    check(expression, resource);
    return 0;
  }
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  if (line != std::string_view::npos) {
    check(input.substr(0, line), input.substr(line + 1));
  }
  return 0;
}
