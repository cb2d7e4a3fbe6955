#include <memory>
#include <new>
#include <string>

#include <simdjson.h>

#include "Walker.hpp"

namespace {

constexpr size_t kKeptCapacity = size_t(256) << 10;  // bytes of body; the indexes take four times that
constexpr size_t kFirstCapacity = size_t(32) << 10;
constexpr size_t kPadding = simdjson::SIMDJSON_PADDING;

/// Whether stage 1 reads behind the body's end. The vector implementations copy the last block (a test with an unreadable page
/// holds that); the scalar one, for a processor without SSE4.2 or NEON, does read on, and gets a padded copy.
bool reads_behind_the_end() noexcept {
  const std::string &name = simdjson::get_active_implementation()->name();
  return !(name == "icelake" || name == "haswell" || name == "westmere" || name == "arm64");
}

uint32_t code_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::SUCCESS: return CSJ_OK;
    case simdjson::EMPTY: return CSJ_EMPTY;
    case simdjson::UTF8_ERROR: return CSJ_INVALID_UTF8;
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING: return CSJ_SYNTAX;
    case simdjson::CAPACITY: return CSJ_TOO_LARGE;
    case simdjson::MEMALLOC: return CSJ_NO_MEMORY;
    default: return CSJ_INTERNAL;
  }
}

}  // namespace

struct csj_scanner {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage1;
  std::unique_ptr<uint8_t[]> padded;  ///< null where stage 1 needs no padding
  csj::Rows rows;
  csj_value members[CSJ_MAXIMUM_NAMES];

  /// Room for the indexes of a body of that length: doubled while it is small, exact when it will be given back anyway.
  uint32_t reserve(size_t length) noexcept {
    if (stage1 && stage1->capacity() >= length) return CSJ_OK;
    size_t capacity = kFirstCapacity;
    while (capacity < length && capacity < kKeptCapacity) capacity *= 2;
    if (capacity < length) capacity = length;
    release();
    if (reads_behind_the_end()) {
      padded.reset(new (std::nothrow) uint8_t[capacity + kPadding]);
      if (!padded) return CSJ_NO_MEMORY;
    }
    // Stage 2 of simdjson is not used, so its depth is the least.
    return code_of(simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, stage1));
  }

  void release() noexcept {
    stage1.reset();
    padded.reset();
  }

  uint32_t index(const uint8_t *body, size_t length) noexcept {
    if (padded) {
      std::memcpy(padded.get(), body, length);
      std::memset(padded.get() + length, ' ', kPadding);
      body = padded.get();
    }
    return code_of(stage1->stage1(body, length, simdjson::stage1_mode::regular));
  }

  void scan(const uint8_t *body, uint32_t length, const csj::Plan &plan, csj_result &result) noexcept {
    result.error = reserve(length);
    if (result.error != CSJ_OK) return release();
    result.error = index(body, length);
    if (result.error != CSJ_OK) return;
    uint32_t *const offsets = stage1->structural_indexes.get();
    const uint32_t count = stage1->n_structural_indexes;
    if (count == 0 || count > length || offsets[count - 1] >= length) {
      result.error = CSJ_INTERNAL;
      return;
    }
    std::memset(members, 0, plan.members.count * sizeof(csj_value));
    rows.start(plan.columns.count);
    csj::Walker walker(body, length, offsets, count, plan, rows, members);
    if (!walker.walk(result.root)) {
      result.error = walker.error;
      result.error_offset = walker.error_offset;
      return;
    }
    result.members = members;
    result.cells = rows.cells();
    result.row_count = rows.count();
    result.rows_not_objects = rows.not_objects();
  }
};

extern "C" csj_scanner *csj_scanner_create(void) { return new (std::nothrow) csj_scanner(); }

extern "C" void csj_scanner_destroy(csj_scanner *scanner) { delete scanner; }

extern "C" void csj_scan(csj_scanner *scanner, const uint8_t *body, size_t length, const void *plan, csj_result *result) {
  std::memset(result, 0, sizeof *result);
  result->error_offset = UINT32_MAX;
  if (length == 0 || body == nullptr) {
    result->error = CSJ_EMPTY;
  } else if (length > CSJ_MAXIMUM_LENGTH) {
    result->error = CSJ_TOO_LARGE;
  } else {
    scanner->scan(body, static_cast<uint32_t>(length), *static_cast<const csj::Plan *>(plan), *result);
  }
}

extern "C" void csj_scanner_trim(csj_scanner *scanner) {
  if (scanner->stage1 && scanner->stage1->capacity() > kKeptCapacity) scanner->release();
  if (scanner->rows.memory() > kKeptCapacity) scanner->rows.release();
}

extern "C" size_t csj_scanner_memory(const csj_scanner *scanner) {
  return scanner->rows.memory() + (scanner->stage1 ? scanner->stage1->capacity() * sizeof(uint32_t) : 0);
}

extern "C" const char *csj_implementation_name(void) { return simdjson::get_active_implementation()->name().c_str(); }

extern "C" int csj_dom_verdict(const uint8_t *body, size_t length) {
  simdjson::dom::parser parser;
  switch (parser.parse(body, length, true).error()) {
    case simdjson::SUCCESS: return 0;
    case simdjson::STRING_ERROR: return 1;
    case simdjson::NUMBER_ERROR: return 2;
    default: return 3;
  }
}
