#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/redact/plan.hpp"
#include "core/redact/redactor.hpp"

namespace fhirwall::redact::testing {

inline std::shared_ptr<const Plan> plan_for(std::string_view type,
                                            const std::vector<std::string>& paths,
                                            const PlanOptions& options = {}) {
  const fhir::TypeId id = fhir::find_resource_type(type);
  EXPECT_NE(id, fhir::TypeId::kNone) << type;
  std::vector<fhir::ElementPath> resolved;
  for (const std::string& path : paths) {
    ResolveFailure failure;
    fhir::ElementPath out;
    EXPECT_TRUE(resolve_path(path, id, out, failure)) << path << ": " << failure.message;
    resolved.push_back(std::move(out));
  }
  return make_plan(id, resolved, options);
}

// A JSON text with its padding, parsed.
class Parsed {
 public:
  // `prepared`: see Redactor::prepare.
  explicit Parsed(std::string_view text, bool prepared = false) : bytes_(text), size_(text.size()) {
    if (prepared) {
      Redactor::prepare(parser_);
    }
    bytes_.append(json::kPadding, '\0');
    const Error error = parser_.parse(std::string_view(bytes_).substr(0, size_), Limits{});
    EXPECT_FALSE(error) << error_name(error.code) << " at " << error.offset << " in " << text;
    ok_ = !error;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const json::Document& document() const { return parser_.document(); }

 private:
  std::string bytes_;
  std::size_t size_;
  json::Parser parser_;
  bool ok_ = false;
};

inline std::string redacted(const Plan& plan, std::string_view text) {
  const Parsed parsed(text);
  if (!parsed.ok()) {
    return "(not JSON)";
  }
  Redactor redactor;
  Edits edits;
  redactor.redact(parsed.document(), 0, plan, edits);
  std::string out;
  edits.apply(parsed.document().text(), 0, static_cast<std::uint32_t>(text.size()), out);
  return out;
}

// Is `part` what is left of `whole` after deleting some of its bytes? `null` may have been put in.
inline bool is_subsequence(std::string_view part, std::string_view whole) {
  std::size_t at = 0;
  for (const char c : part) {
    at = whole.find(c, at);
    if (at == std::string_view::npos) {
      return false;
    }
    ++at;
  }
  return true;
}

}  // namespace fhirwall::redact::testing
