#pragma once

#include <optional>
#include <utility>

#include "core/base/error.hpp"

namespace fhirwall {

// A value or an error, without exceptions. `ok()` says which.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : value_(std::move(value)) {
  }  // NOLINT(google-explicit-constructor): reads as `return value;`
  Result(Error error) : error_(error) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  [[nodiscard]] const T& value() const& { return *value_; }
  [[nodiscard]] T& value() & { return *value_; }
  [[nodiscard]] T&& value() && { return std::move(*value_); }
  [[nodiscard]] Error error() const { return error_; }

 private:
  std::optional<T> value_;
  Error error_;
};

}  // namespace fhirwall

// Returns the error of `expression` from the enclosing function, if there is one.
#define FHIRWALL_TRY(expression)                            \
  do {                                                      \
    if (::fhirwall::Error fhirwall_error_ = (expression)) { \
      return fhirwall_error_;                               \
    }                                                       \
  } while (false)
