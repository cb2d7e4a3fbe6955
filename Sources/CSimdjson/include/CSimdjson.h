// One pass over a JSON text (RFC 8259): validated completely, described by byte ranges, never turned into a tree.
//
// Contract of every function here: no exception leaves it, a failed allocation is a result (CSJ_NO_MEMORY, NULL), no input
// makes it read outside [body, body + length) or write outside its own memory. A body needs no padding and is never changed.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  CSJ_MAXIMUM_LENGTH = (1 << 28) - 1,  ///< bytes in one body: a cell keeps its length in 28 bits
  CSJ_MAXIMUM_NAMES = 32,              ///< members, and columns, in one plan
  CSJ_MAXIMUM_NAME_LENGTH = 255,       ///< bytes in one name
  CSJ_MAXIMUM_DEPTH = 1024,            ///< the highest depth limit that a plan may set
};

/// Why a body is refused.
enum {
  CSJ_OK = 0,
  CSJ_EMPTY = 1,           ///< no bytes, or nothing but white space
  CSJ_INVALID_UTF8 = 2,    ///< RFC 8259 §8.1, RFC 3629
  CSJ_SYNTAX = 3,          ///< not the grammar of RFC 8259; a byte order mark counts as that too
  CSJ_DEPTH_EXCEEDED = 4,  ///< more arrays and objects inside each other than the plan allows
  CSJ_TOO_LARGE = 5,       ///< longer than CSJ_MAXIMUM_LENGTH
  CSJ_TOO_MANY_ROWS = 6,   ///< more rows than the plan allows
  CSJ_NO_MEMORY = 7,
  CSJ_INTERNAL = 8,        ///< simdjson reported what it should not; never seen
};

/// What a value is. The two kinds of number and of string spare the reader a second look.
enum {
  CSJ_ABSENT = 0,
  CSJ_NULL = 1,
  CSJ_FALSE = 2,
  CSJ_TRUE = 3,
  CSJ_INTEGER = 4,         ///< a number without fraction and exponent: `-?(0|[1-9][0-9]*)`
  CSJ_DECIMAL = 5,         ///< any other number
  CSJ_PLAIN_STRING = 6,    ///< a string without escapes: its content is the bytes between its quotes
  CSJ_ESCAPED_STRING = 7,  ///< a string with one escape at least
  CSJ_ARRAY = 8,
  CSJ_OBJECT = 9,
};

/// Where a value lies in the body (quotes and brackets included) and what it is. All zero: absent.
typedef struct {
  uint32_t offset;  ///< bytes from the body's first
  uint32_t bits;    ///< length in bytes << 4 | kind
} csj_cell;

/// A value of which more is known than its place.
typedef struct {
  csj_cell cell;
  uint32_t count;    ///< elements of an array; for the root also the members of an object, as written
  bool all_objects;  ///< an array of which every element is an object; true for an empty array
} csj_value;

/// Where the rows of a plan come from.
enum {
  CSJ_ROWS_NONE = 0,
  CSJ_ROWS_ROOT_ELEMENTS = 1,    ///< a root array's elements
  CSJ_ROWS_MEMBER_ELEMENTS = 2,  ///< the elements of the array in the member `rows_member`
  CSJ_ROWS_ROOT_OBJECT = 3,      ///< a root object is the one row
};

/// A name as UTF-8 bytes, unescaped.
typedef struct {
  const uint8_t *bytes;
  size_t length;
} csj_name;

/// What to build a plan from. Names beyond the limits above are an error of the caller: csj_plan_init refuses.
typedef struct {
  const csj_name *members;
  size_t member_count;
  const csj_name *columns;
  size_t column_count;
  uint32_t rows;           ///< CSJ_ROWS_…
  uint32_t rows_member;    ///< which of `members`, with CSJ_ROWS_MEMBER_ELEMENTS
  uint32_t maximum_depth;  ///< 1 … CSJ_MAXIMUM_DEPTH; the root array or object is at depth 1
  uint32_t maximum_rows;
} csj_plan_description;

/// Bytes that csj_plan_init needs.
size_t csj_plan_size(void);
/// Builds a plan into `storage` (csj_plan_size() bytes, aligned to 8). It holds no pointer, so it may be copied, moved and
/// read by many threads at once. False: a limit is broken.
bool csj_plan_init(void *storage, const csj_plan_description *description);

typedef struct csj_scanner csj_scanner;

/// What a scan found. The pointers are the scanner's own and hold until it is used again or destroyed.
typedef struct {
  uint32_t error;               ///< CSJ_OK …; unless it is CSJ_OK nothing but error_offset means anything
  uint32_t error_offset;        ///< byte offset of the error; UINT32_MAX: not known (UTF-8, control characters, open strings)
  csj_value root;
  const csj_value *members;     ///< as many as the plan has members, in its order
  const csj_cell *cells;        ///< row_count × the plan's columns, row by row
  uint32_t row_count;
  uint32_t rows_not_objects;    ///< rows that are no objects: all their cells are absent
} csj_result;

/// NULL: out of memory.
csj_scanner *csj_scanner_create(void);
void csj_scanner_destroy(csj_scanner *scanner);
/// Validates `body` and fills `result` by `plan`, which is what csj_plan_init wrote. Of duplicate member names the last wins.
/// Escapes of lone surrogates (`"\ud83d"`) are legal here, as they are in RFC 8259 §8.2 and in JSON.parse.
void csj_scan(csj_scanner *scanner, const uint8_t *body, size_t length, const void *plan, csj_result *result);
/// Gives back the memory of a big document (over 256 KiB); a scanner in steady use keeps what it has. Invalidates results.
void csj_scanner_trim(csj_scanner *scanner);
/// Bytes of working memory that the scanner holds (reserved address space, of which a scan touches what it needs).
size_t csj_scanner_memory(const csj_scanner *scanner);

/// Writes the content of a JSON string (the bytes between its quotes) unescaped to `output`, a lone surrogate as U+FFFD
/// (and a broken escape, which no scan accepts, as it stands). Returns the bytes written, never more than `length`, or SIZE_MAX
/// if they do not fit into `capacity`.
size_t csj_unescape(const uint8_t *content, size_t length, uint8_t *output, size_t capacity);

/// The double nearest to a JSON number (round half to even); too small is ±0. False: not finite, or not a number as a whole.
bool csj_double(const uint8_t *text, size_t length, double *value);

/// memcmp, also for no bytes at NULL.
int csj_compare(const void *left, const void *right, size_t length);

// For tests only. ------------------------------------------------------------------------------------------------------------

/// What simdjson's DOM parser says of the text: 0 accepted, 1 a string's escapes, 2 a number, 3 anything else.
int csj_dom_verdict(const uint8_t *body, size_t length);
/// The instruction set that simdjson chose for this machine: "icelake", "haswell", "westmere", "fallback", …
const char *csj_implementation_name(void);

#ifdef __cplusplus
}
#endif

#endif
