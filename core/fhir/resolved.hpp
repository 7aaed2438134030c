#pragma once

#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/json/padded_buffer.hpp"

namespace fhirwall::fhir {

// Resources that the host fetched before the call (SPEC 5.8): what chained criteria and a Binary's
// `securityContext` look at.
//
// The text is one JSON object. A member `Type/id` is that resource; one whose own type or id is
// another is no answer (SPEC 16). A member with `?`, such as `Observation?patient=Patient/1`, is a
// searchset Bundle, whose entries are resources by their own type and id. Whatever else a member
// holds (null, text, a resource of unknown type, a partial one) is no answer.
class Resolved {
 public:
  // Copies `text`. An error of the JSON; offsets count in the text.
  [[nodiscard]] Error load(std::string_view text, const Limits& limits);

  [[nodiscard]] const json::Document& document() const { return parser_.document(); }
  // The resource `Type/id`, or kNoNode.
  [[nodiscard]] json::NodeIndex find(TypeId type, std::string_view id) const;
  // True if the text has a member of this name, whatever it holds: the host was asked for it.
  [[nodiscard]] bool was_asked(std::string_view reference) const;

  struct Row {
    TypeId type = TypeId::kNone;
    std::string_view id;  // view into the document
    json::NodeIndex node = json::kNoNode;
  };
  // Ascending by type and id, each resource once: the first answer counts.
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

  // Overwrites everything (SPEC P7), as the end of its life does.
  void wipe();

 private:
  void add(json::NodeIndex member);
  void add_entries(json::NodeIndex bundle);

  json::PaddedBuffer bytes_;
  json::Parser parser_;
  std::vector<Row> rows_;
  std::vector<Row> names_;  // of the members, without type, ascending
};

}  // namespace fhirwall::fhir
