#include <charconv>
#include <system_error>

#include "CSimdjson.h"
#include "Tokens.hpp"

namespace csj {
namespace {

/// The code point of the \u escape at `p`, which moves behind it, and behind a second one if the two are a surrogate pair.
uint32_t code_point(const uint8_t *&p, const uint8_t *end) {
  const int32_t unit = hex_unit(p + 2);
  p += 6;
  if (unit < 0xD800 || unit > 0xDFFF) return static_cast<uint32_t>(unit);
  if (unit > 0xDBFF || end - p < 6 || p[0] != '\\' || p[1] != 'u') return 0xFFFD;
  const int32_t low = hex_unit(p + 2);
  if (low < 0xDC00 || low > 0xDFFF) return 0xFFFD;
  p += 6;
  return 0x10000 + (static_cast<uint32_t>(unit - 0xD800) << 10) + static_cast<uint32_t>(low - 0xDC00);
}

/// UTF-8 (RFC 3629 §3) of a code point; returns its length, 1 … 4.
size_t encode(uint32_t point, uint8_t *out) {
  const auto tail = [point](int shift) { return static_cast<uint8_t>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    out[0] = static_cast<uint8_t>(point);
    return 1;
  }
  if (point < 0x800) {
    out[0] = static_cast<uint8_t>(0xC0 | point >> 6), out[1] = tail(0);
    return 2;
  }
  if (point < 0x10000) {
    out[0] = static_cast<uint8_t>(0xE0 | point >> 12), out[1] = tail(6), out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<uint8_t>(0xF0 | point >> 18), out[1] = tail(12), out[2] = tail(6), out[3] = tail(0);
  return 4;
}

uint32_t short_escape(uint8_t letter) {
  switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
  }
}

/// True if a JSON number, not 0, that no double can hold is too small rather than too large: the power of ten of its first
/// significant digit is negative.
bool is_tiny(const uint8_t *p, const uint8_t *end) {
  int64_t power = -1, exponent = 0;
  bool fraction = false, significant = false;
  if (p < end && *p == '-') ++p;
  for (; p < end && (is_digit(*p) || *p == '.'); ++p) {
    if (*p == '.') {
      fraction = true;
    } else {
      significant = significant || *p != '0';
      if (significant && !fraction) ++power;
      if (!significant && fraction) --power;
    }
  }
  if (p < end) {  // at 'e'
    const bool negative = ++p < end && *p == '-';
    for (; p < end; ++p) {
      if (is_digit(*p) && exponent < (int64_t(1) << 40)) exponent = exponent * 10 + (*p - '0');
    }
    if (negative) exponent = -exponent;
  }
  return power + exponent < 0;
}

}  // namespace
}  // namespace csj

extern "C" size_t csj_unescape(const uint8_t *content, size_t length, uint8_t *output, size_t capacity) {
  const uint8_t *p = content, *const end = content + length;
  size_t used = 0;
  while (p < end) {
    uint8_t encoded[4] = {*p, 0, 0, 0};
    size_t size = 1;
    if (*p != '\\' || csj::escape_end(p, end) == nullptr) {
      ++p;
    } else if (p[1] == 'u') {
      size = csj::encode(csj::code_point(p, end), encoded);
    } else {
      encoded[0] = static_cast<uint8_t>(csj::short_escape(p[1]));
      p += 2;
    }
    if (capacity - used < size) return SIZE_MAX;
    for (size_t i = 0; i < size; ++i) output[used++] = encoded[i];
  }
  return used;
}

extern "C" bool csj_double(const uint8_t *text, size_t length, double *value) {
  const char *const first = reinterpret_cast<const char *>(text), *const last = first + length;
  double parsed = 0;
  const std::from_chars_result result = std::from_chars(first, last, parsed, std::chars_format::general);
  if (result.ptr != last) return false;
  if (result.ec == std::errc::result_out_of_range) {
    if (!csj::is_tiny(text, text + length)) return false;
    parsed = *text == '-' ? -0.0 : 0.0;
  } else if (result.ec != std::errc() || parsed - parsed != 0) {
    return false;
  }
  *value = parsed;
  return true;
}

extern "C" int csj_compare(const void *left, const void *right, size_t length) {
  return length == 0 ? 0 : std::memcmp(left, right, length);
}
