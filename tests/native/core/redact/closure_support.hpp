#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/redact/closure_facts.hpp"
#include "core/redact/judge.hpp"
#include "support.hpp"

namespace fhirwall::redact::testing {

// A policy as closure sees it, made by hand.
//
//     World world;
//     world.hide("Patient", {"name"}).unreadable("Practitioner").refuse("Condition");
class World final : public Judge {
 public:
  World() {
    facts_.types.resize(fhir::resource_types().size());
    facts_.cuts_narratives = true;
    facts_.cuts_displays = true;
    facts_.cuts_contained = true;
    facts_.filters_bundles = true;
  }

  // A rule hides these of the type: they go from nested resources of the type too.
  World& hide(std::string_view type, const std::vector<std::string>& paths) {
    plans_.insert(plans_.begin(), {id(type), plan_for(type, paths)});
    return *this;
  }
  World& labels(std::string_view type) {
    facts_of(type).labels_hidden = true;
    return *this;
  }
  World& identifiers(std::string_view type) {
    facts_of(type).identifier_hidden = true;
    return *this;
  }
  World& unreadable(std::string_view type) {
    facts_of(type).person = Readable::kNever;
    return *this;
  }
  // Of the persons of this type only those are readable.
  World& readable(std::string_view type, std::vector<std::string> references) {
    facts_of(type).person = Readable::kByReference;
    readable_ = std::move(references);
    return *this;
  }
  // Nested resources of the type are cut.
  World& refuse(std::string_view type) {
    refused_.push_back(id(type));
    return *this;
  }
  [[nodiscard]] ClosureFacts& facts() { return facts_; }

  [[nodiscard]] const Plan* judge(const json::Document& document, json::NodeIndex resource,
                                  Nesting nesting) override {
    nestings.push_back(nesting);
    std::string scratch;
    const json::NodeIndex member = document.find(resource, "resourceType");
    const fhir::TypeId type = member != json::kNoNode && document.is_string(member)
                                  ? fhir::find_resource_type(document.string(member, scratch))
                                  : fhir::TypeId::kNone;
    if (type == fhir::TypeId::kNone ||
        std::find(refused_.begin(), refused_.end(), type) != refused_.end()) {
      return nullptr;
    }
    return plan_of(type);
  }
  [[nodiscard]] bool reads(fhir::TypeId /*type*/, std::string_view reference) override {
    return std::find(readable_.begin(), readable_.end(), reference) != readable_.end();
  }

  // What is left of `text`, whose type may hide what `hide` said; the same whether or not the
  // parser was prepared.
  [[nodiscard]] std::string redacted(std::string_view text) {
    std::string out = redacted(text, false);
    const std::vector<Nesting> asked = nestings;
    EXPECT_EQ(redacted(text, true), out) << text;
    nestings = asked;
    return out;
  }
  [[nodiscard]] std::string redacted(std::string_view text, bool prepared) {
    const Parsed parsed(text, prepared);
    if (!parsed.ok()) {
      return "(not JSON)";
    }
    std::string scratch;
    const json::NodeIndex type = parsed.document().find(0, "resourceType");
    EXPECT_NE(type, json::kNoNode);
    const auto closure = make_closure(facts_);
    Redactor redactor;
    Edits edits;
    redactor.redact(parsed.document(), 0, *plan_of(id(parsed.document().string(type, scratch))),
                    edits, closure.get(), this);
    std::string out;
    edits.apply(parsed.document().text(), 0, static_cast<std::uint32_t>(text.size()), out);
    return out;
  }

  std::vector<Nesting> nestings;  // of the questions so far

 private:
  static fhir::TypeId id(std::string_view type) {
    const fhir::TypeId found = fhir::find_resource_type(type);
    EXPECT_NE(found, fhir::TypeId::kNone) << type;
    return found;
  }
  TypeFacts& facts_of(std::string_view type) {
    return facts_.types[fhir::resource_index(id(type))];
  }
  const Plan* plan_of(fhir::TypeId type) {
    for (const auto& [of, plan] : plans_) {
      if (of == type) {
        return plan.get();
      }
    }
    plans_.emplace_back(type, plan_for(fhir::type_name(type), {}));
    return plans_.back().second.get();
  }

  ClosureFacts facts_;
  std::vector<std::pair<fhir::TypeId, std::shared_ptr<const Plan>>> plans_;
  std::vector<fhir::TypeId> refused_;
  std::vector<std::string> readable_;
};

}  // namespace fhirwall::redact::testing
