#pragma once

#include <span>
#include <string_view>

#include "core/fhir/search_param.hpp"
#include "core/fhirpath/program.hpp"
#include "core/search/criteria.hpp"
#include "core/search/custom.hpp"

namespace fhirwall::search {

// A search parameter as criteria see it: of the tables, or supplied by the host.
// LIFETIME: views into the tables or into the Custom that it was found in.
class Param {
 public:
  Param() = default;
  explicit Param(const fhir::SearchParam& table) : table_(&table) {}
  explicit Param(const CustomParam& custom) : custom_(&custom) {}

  [[nodiscard]] explicit operator bool() const { return table_ != nullptr || custom_ != nullptr; }
  [[nodiscard]] fhir::ParamType type() const {
    return table_ != nullptr ? table_->type : custom_->type;
  }
  // Of a reference parameter: the types that it may refer to, ascending; empty: any.
  [[nodiscard]] std::span<const fhir::TypeId> targets() const {
    return table_ != nullptr ? std::span<const fhir::TypeId>(table_->targets) : custom_->targets;
  }
  // Of a composite parameter.
  [[nodiscard]] std::span<const fhir::ParamComponent> components() const {
    return table_ != nullptr ? fhir::components(*table_) : std::span<const fhir::ParamComponent>();
  }
  // `_compartment`, `_account`, `_project`: decided by membership, not by elements.
  [[nodiscard]] bool is_common(std::string_view code) const {
    return table_ != nullptr && table_->common && table_->code == code;
  }
  [[nodiscard]] fhirpath::CompileResult program(fhir::TypeId type) const;

 private:
  const fhir::SearchParam* table_ = nullptr;
  const CustomParam* custom_ = nullptr;
};

// The parameter `code` of a type (the abstract Resource for `*`); nothing built in is overridden.
[[nodiscard]] Param find_param(fhir::TypeId type, std::string_view code, const Custom* custom);

}  // namespace fhirwall::search
