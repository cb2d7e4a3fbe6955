// The grammar of single tokens (RFC 8259 §3, §6, §7), each on bytes with both ends known.
#pragma once

#include <cstdint>
#include <cstring>

namespace csj {

inline bool is_space(uint8_t c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool is_digit(uint8_t c) { return static_cast<uint8_t>(c - '0') < 10; }

/// True if there is nothing but white space in [p, end).
inline bool only_space(const uint8_t *p, const uint8_t *end) {
  while (p < end && is_space(*p)) ++p;
  return p == end;
}

/// Where the number that begins at `p` ends, null if none does. `integer`: it has neither fraction nor exponent.
inline const uint8_t *number_end(const uint8_t *p, const uint8_t *end, bool &integer) {
  integer = true;
  if (*p == '-' && ++p == end) return nullptr;
  if (*p == '0') {
    ++p;
  } else {
    if (!is_digit(*p)) return nullptr;
    do ++p; while (p < end && is_digit(*p));
  }
  if (p < end && *p == '.') {
    integer = false;
    if (++p == end || !is_digit(*p)) return nullptr;
    do ++p; while (p < end && is_digit(*p));
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    integer = false;
    if (++p < end && (*p == '+' || *p == '-')) ++p;
    if (p == end || !is_digit(*p)) return nullptr;
    do ++p; while (p < end && is_digit(*p));
  }
  return p;
}

/// 0 … 15, or -1.
inline int hex_digit(uint8_t c) {
  if (is_digit(c)) return c - '0';
  const uint8_t lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The UTF-16 unit of the four hexadecimal digits at `p`, or -1.
inline int32_t hex_unit(const uint8_t *p) {
  int32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(p[i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

/// Where the escape that begins at the backslash `p` ends, null if it is none. Any four hexadecimal digits will do.
inline const uint8_t *escape_end(const uint8_t *p, const uint8_t *end) {
  if (end - p < 2) return nullptr;
  switch (p[1]) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
      return p + 2;
    case 'u':
      return end - p >= 6 && hex_unit(p + 2) >= 0 ? p + 6 : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace csj
