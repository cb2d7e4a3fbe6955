/// Every metric of the process: what is counted elsewhere under a name that is not here is still on the page, but says nothing of itself.
/// A test compares the names with a page; docs/operations.md explains what to do with them.
package enum MetricCatalogue {
  package static let all = requests + sections + upstreams + redis + process

  private static let requests: [MetricDescription] = [
    .init(
      "tributary_requests_total", .counter, "Requests answered on the public listener, by route, status and what it came to."),
    .init("tributary_request_duration_seconds", .histogram, "From a whole request to its answer, without the writing of it."),
    .init(
      "tributary_partial_answers_total", .counter, "Documents that were given without a section, by the section that was missing."
    ),
    .init(
      "tributary_derived_degraded_total", .counter, "Computed values that rest on less than they should, by value and quality."),
    .init("tributary_rate_limit_refusals_total", .counter, "Requests that a limit has refused, by its policy."),
    .init(
      "tributary_admission_refusals_total", .counter, "What was turned away at the door: requests by load, connections by number."
    ),
    .init("tributary_connections", .gauge, "Connections of clients that are open."),
    .init("tributary_streams", .gauge, "Event streams that are open."),
    .init("tributary_streams_dropped_total", .counter, "Event streams that were cut off because their clients were too slow."),
    .init(
      "tributary_trace_spans_total", .counter, "Spans that the collector took, that it refused, and that never got there."),
    .init(
      "tributary_purges_total", .counter, "Purges of the cache: asked for at the admin listener, or heard of from other replicas."
    ),
  ]

  private static let sections: [MetricDescription] = [
    .init("tributary_section_served_total", .counter, "Sections in answers, by the state of their data."),
    .init(
      "tributary_section_age_seconds", .histogram, "How long ago the data of a section in an answer was fetched.", buckets: .ages),
    .init("tributary_section_lookups_total", .counter, "Sections in answers, by the level of the cache that had them."),
    .init("tributary_section_coalesced_total", .counter, "Sections that waited for a fetch which another request had begun."),
    .init(
      "tributary_section_refreshes_total", .counter, "Fetches in the background, of sections that were given past their time."),
    .init(
      "tributary_odd_rows_total", .counter,
      "Rows of a section that were not what they should be, and were read as far as they could."),
    .init("tributary_memory_cache_bytes", .gauge, "What the sections in memory take."),
    .init("tributary_memory_cache_capacity_bytes", .gauge, "What they may take: cache.memory."),
    .init("tributary_memory_cache_entries", .gauge, "Sections in memory."),
    .init("tributary_memory_cache_evictions_total", .counter, "Sections thrown out of memory for others."),
  ]

  private static let upstreams: [MetricDescription] = [
    .init("tributary_upstream_calls_total", .counter, "Calls to an upstream, each with all its attempts, by what came of them."),
    .init(
      "tributary_upstream_call_duration_seconds", .histogram, "From asking an upstream to knowing, with everything in between."),
    .init("tributary_upstream_attempts_total", .counter, "Tries on the wire, by why they were made."),
    .init("tributary_upstream_attempt_outcomes_total", .counter, "Tries on the wire, by what came of them."),
    .init("tributary_upstream_hedges_won_total", .counter, "Second tries that answered before the first."),
    .init("tributary_upstream_in_flight", .gauge, "Tries on the wire now."),
    .init("tributary_upstream_queue_wait_seconds", .histogram, "How long tries waited for a place."),
    .init("tributary_upstream_budget_refusals_total", .counter, "Tries that were not made because their budget was used up."),
    .init("tributary_upstream_circuit_state", .gauge, "The breaker: 0 closed, 1 half open, 2 open."),
    .init("tributary_upstream_circuit_transitions_total", .counter, "How often the breaker came to a state."),
    .init("tributary_upstream_connections", .gauge, "Connections to an upstream, by what they do."),
  ]

  private static let redis: [MetricDescription] = [
    .init("tributary_redis_commands_total", .counter, "Commands meant for Redis, by who sent them."),
    .init("tributary_redis_errors_total", .counter, "Commands that got no answer of use, by why."),
    .init("tributary_redis_command_duration_seconds", .histogram, "From a command to its answer, or to the end of waiting."),
    .init("tributary_redis_connected_loops", .gauge, "Event loops that have a connection to Redis."),
    .init("tributary_redis_loops", .gauge, "Event loops that should have one."),
    .init("tributary_redis_circuit_state", .gauge, "The worst breaker of any event loop: 0 closed, 1 half open, 2 open."),
    .init("tributary_redis_outstanding_commands", .gauge, "Commands that wait for their answers."),
    .init("tributary_shared_cache_stored_total", .counter, "Sections given to Redis, by what became of them."),
    .init("tributary_shared_cache_refusals_total", .counter, "Values in Redis that were not to be trusted."),
  ]

  private static let process: [MetricDescription] = [
    .init("tributary_info", .gauge, "Always 1; the version is in its label."),
    .init("tributary_reloads_total", .counter, "How often the configuration was read again, and whether it is in use."),
    .init("tributary_log_lines_dropped_total", .counter, "Log lines that were dropped because nobody read them fast enough."),
    .init("tributary_event_loop_lag_seconds", .histogram, "How late a timer of an event loop came, twice a second on each."),
    .init("tributary_metrics_refused_total", .counter, "Series that were not made because their name had too many."),
    .init("process_cpu_seconds_total", .counter, "Processor time, user and system."),
    .init("process_virtual_memory_bytes", .gauge, "Address space."),
    .init("process_resident_memory_bytes", .gauge, "Memory in use."),
    .init("process_threads", .gauge, "Threads."),
    .init("process_open_fds", .gauge, "Open descriptors."),
    .init("process_max_fds", .gauge, "Descriptors that may be open."),
    .init("process_start_time_seconds", .gauge, "When the process began, in Unix time."),
  ]
}
