#include "Plan.hpp"

extern "C" size_t csj_plan_size(void) { return sizeof(csj::Plan); }

extern "C" bool csj_plan_init(void *storage, const csj_plan_description *description) {
  csj::Plan *plan = static_cast<csj::Plan *>(storage);
  std::memset(plan, 0, sizeof *plan);
  plan->rows = description->rows;
  plan->rows_member = description->rows_member;
  plan->maximum_depth = description->maximum_depth;
  plan->maximum_rows = description->maximum_rows;
  if (plan->rows > CSJ_ROWS_ROOT_OBJECT || plan->maximum_depth < 1 || plan->maximum_depth > CSJ_MAXIMUM_DEPTH) return false;
  if (plan->rows == CSJ_ROWS_MEMBER_ELEMENTS && description->rows_member >= description->member_count) return false;
  for (size_t i = 0; i < description->member_count; ++i) {
    if (!plan->members.add(description->members[i])) return false;
  }
  for (size_t i = 0; i < description->column_count; ++i) {
    if (!plan->columns.add(description->columns[i])) return false;
  }
  return true;
}
