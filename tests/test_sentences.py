"""Of docs/guide.md and docs/limits.md, the tests that fail when a sentence is false.

What a block of the guide shows is tried there (tests/test_guide.py), and some of the limits in tests/test_limits.py. A
sentence that is reworded is reworded here, too, and a new one needs a row.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {
    name: " ".join((ROOT / "docs" / name).read_text(encoding="utf-8").split()) for name in ("guide.md", "limits.md")
}

GUIDE = {
    "convsim works with versions 2 and 3 of `openai`": "adapters/test_sdk_versions::a_default_client_is_caught",
    "and without it": "adapters/test_clients::without_the_sdk_a_client_says_what_to_install",
    "also over a real one; the old value comes back": (
        "adapters/test_environment::the_key_is_set_over_a_real_one_and_put_back"
    ),
    "the first of `api_keys`, or `sk-convsim-` and the seed": "http/test_keys::the_example_is_a_key_that_is_accepted",
    "convsim never lets a request out with a key that it made up": (
        "plugin/test_leftovers::a_key_that_was_made_up_never_leaves"
    ),
    "which are not patched in; its scope is the session": (
        "plugin/test_fixtures::the_factory_serves_a_session_and_patches_nothing"
    ),
    "put an emulator behind a port, for child processes": (
        "plugin/test_server::a_child_process_reaches_the_tests_emulator"
    ),
    "convsim sets it before the first `conftest.py` is imported": (
        "plugin/test_api_key::also_one_that_a_conftest_imports"
    ),
    "unless the environment has a key": "plugin/test_api_key::the_key_of_the_environment_wins",
    "and convsim adds this line as a hint": (
        "plugin/test_api_key::the_error_of_a_client_without_a_key_names_the_line_to_write"
    ),
    "The emulator has the SDK's methods as plain calls": (
        "direct/test_client::a_method_takes_what_the_official_sdks_takes"
    ),
    "The emulator takes, keeps and returns every type of item as the live API does": (
        "items/test_catalogue::every_type_is_emulated_but_those_of_several_agents"
    ),
    "Some members are null until a request names them in `include`": "items/test_catalogue_rows::what_include_reveals",
    "The refusal of a wrong item names the path of the wrong value": (
        "items/test_content_members::an_unknown_member_of_a_part_is_named_by_its_path"
    ),
    "the nearer one wins, option by option": ("plugin/test_marker::what_it_is_for"),
    "`Emulator(...)`, `@patched(...)` and `convsim_factory(...)` take the same options": (
        "decorator/test_functions::options_are_the_emulator_s_on_each_call"
    ),
    "decides all ids": "test_emulator::the_seed_decides_all_ids",
    "the time of the frozen clock, in seconds since 1970": (
        "test_emulator::the_clock_stands_at_the_given_instant_or_is_the_given_one"
    ),
    "or `Clock.system()`, this machine's clock": "core/test_clock::the_system_clock_is_read_at_each_call",
    '`"sequential"`: `conv_1`, `msg_1`': "test_emulator::sequential_ids_are_counted_per_emulator",
    '`"404"`, the live answer for a path that does not exist': "adapters/test_mocks::such_a_path_may_be_the_live_404",
    "all others get 401": "http/test_keys::another_key_gets_the_live_401_with_its_middle_masked",
    "requests without a key get 401": "http/test_keys::a_request_without_a_key_gets_the_live_401",
    '`"any"` accepts them, and any scheme besides Bearer and Basic': "http/test_keys::a_request_may_need_no_key",
    '`"create"` creates every id on first use': "test_emulator::literal_ids_exist_on_first_use",
    "that are armed from the start": (
        "faults/test_registry::an_emulator_begins_with_rules_and_has_them_again_after_a_reset"
    ),
    "one turn each; a list for a turn of several replies": "responses/test_scripts::replies_are_one_turn_each",
    "turns without a script fail the test": (
        "adapters/test_turns::a_turn_without_a_script_is_kept_where_a_client_swallows_it"
    ),
    "in Realtime too": "plugin/test_scripts::what_a_function_raises_and_a_miss_of_a_session_are_told_at_the_end",
    '`"echo"` answers them with the user\'s words': "responses/test_scripts::the_echo_repeats_the_user",
    "the longest input of a turn, in tokens": (
        "responses/test_run::a_context_that_is_too_long_is_refused_and_changes_nothing"
    ),
    "None counts no tokens": "responses/test_run::nobody_counts_a_context_unless_asked_to",
    "the waits of the patched SDK before its retries, move the emulator's clock": (
        "adapters/test_sdk_sleep::the_clock_moves_instead"
    ),
    "late answers, and the waits": "adapters/test_latency_on_clients::nobody_waits_in_virtual_time",
    "in the marker, a path relative to the test's directory": (
        "plugin/test_marker_state::a_state_is_found_beside_the_file_of_the_test"
    ),
    "Values are taken once, when the tests are collected": ("plugin/test_marker::what_it_is_for"),
    "A marker on a test function that does not use the fixture fails the test": (
        "plugin/test_marker::on_a_function_without_the_fixture_it_fails_the_test_at_the_users_line"
    ),
    "An unknown option is an error of the collection": (
        "plugin/test_marker::a_wrong_keyword_is_refused_at_collection_with_the_users_line"
    ),
    "These settings hold for the whole run; a marker wins over them": "plugin/test_ini::a_marker_wins_over_the_ini",
    "the URL of a request names its project": "plugin/test_ini::lines_with_a_project_are_a_mapping",
    "The most specific host wins": "http/test_other_hosts::the_most_specific_host_wins",
    '`"*"` stands for every other host, which is otherwise refused': "http/test_other_hosts::what_is_left_is_refused",
    "raises the client's own connection error at once": "plugin/test_misses::each_host_may_have_a_policy_of_its_own",
    "A refused request fails the test that made it, even if the code under test swallows the error": (
        "plugin/test_misses::a_refusal_fails_the_test_once_at_teardown_where_it_was_swallowed"
    ),
    "unless `pytest.raises` or `assertRaises` expects it": (
        "plugin/test_expected_misses::a_test_that_expects_the_refusal_passes"
    ),
    "Requests of threads that were running before the test began are reported in the terminal summary": (
        "plugin/test_leftovers::a_thread_that_ran_before_is_not_blamed_on_the_test"
    ),
    "as they are set when the patch begins": (
        "adapters/test_patch_hosts::the_environment_s_base_url_is_read_when_patching"
    ),
    "convsim reads the key from its `api-key` header": "adapters/test_patch_hosts::azure_s_key_header_is_taken",
    "and not for `api.openai.com`": (
        "adapters/test_patch_hosts::no_url_of_a_project_is_claimed_until_the_emulator_is_told"
    ),
    "return the emulator's key as a token": (
        "adapters/test_azure_identity::a_token_for_an_emulated_service_is_the_emulators_key"
    ),
    "The library itself gets tokens for other services": (
        "adapters/test_azure_identity::any_other_token_is_the_librarys_business"
    ),
    "`*` stands for one whole label of the host or one segment of the path": (
        "http/test_urls::a_star_in_the_path_is_one_segment"
    ),
    "`wss://` is read as `https://`": "http/test_urls::the_url_of_a_websocket_is_taken_as_that_of_http",
    "A base URL without a path answers below every known prefix of clients": (
        "http/test_urls::a_base_url_without_a_path_answers_below_every_known_prefix"
    ),
    "A base URL with which such prefixes begin": (
        "http/test_urls::a_base_url_that_a_known_prefix_goes_on_from_answers_below_it"
    ),
    "is refused by name, with the line to write": (
        "adapters/test_patch_hosts::another_prefix_of_a_claimed_host_is_refused_with_the_line_to_write"
    ),
    "whose paths are known, answers with the live 404": (
        "adapters/test_patch_hosts::an_unknown_path_on_our_host_is_the_live_404"
    ),
    "[a listed key](#options) wins over it": "adapters/test_patch_hosts::a_listed_key_wins_over_the_url",
    "An explicit transport patches nothing": (
        "adapters/test_patch_nested::four_threads_have_an_emulator_each_through_explicit_transports"
    ),
    "It ignores the host of a URL, and the prefix": "adapters/test_transports::any_host_and_any_prefix_do",
    "Routes for other hosts work beside the fixture, started before or after it": (
        "plugin/test_mocks::each_has_its_hosts"
    ),
    "Routes that you add before it win": "adapters/test_respx::a_user_s_earlier_route_on_our_host_comes_first",
    "each test has a fresh emulator as `self.sim`": (
        "decorator/test_classes::each_test_begins_with_what_set_up_class_left"
    ),
    "which get the emulator if they have a parameter `sim`": (
        "decorator/test_functions::sim_is_the_emulator_of_the_call_and_no_fixture"
    ),
    "The parentheses are optional": "decorator/test_arguments::parentheses_may_be_left_out",
    "Of two decorators the nearer one wins": (
        "decorator/test_classes::the_decorator_of_a_method_is_nearer_than_that_of_its_class"
    ),
    "`patched` sets `OPENAI_API_KEY` and `AZURE_OPENAI_API_KEY`": (
        "decorator/test_arguments::clients_have_a_key_meanwhile"
    ),
    "`patch()` touches no environment": "adapters/test_interception::the_environment_is_left_as_it_is",
    '`@pytest.mark.usefixtures("convsim")` works on unittest classes': "plugin/test_neighbours::unittest_classes",
    "A fault that happened less often than its `times`, or never, gives an `UnusedFaultWarning`": (
        "plugin/test_unused_faults::a_fault_that_happened_too_seldom_says_how_often_and_one_patched_in_twice_says_it_once"
    ),
    "A fault that changed nothing": "faults/test_state::a_fault_that_changed_nothing_has_not_happened",
    '`assert_called` counts them only with `kind="direct"`': (
        "report/test_assertions::the_tests_own_calls_count_when_asked_for"
    ),
    'Their operation is the event\'s type (`"close"` at the end)': (
        "journal/test_frames::a_close_has_a_code_and_a_reason"
    ),
    "shows the conversations it touched, its last exchanges, its refused requests": (
        "plugin/test_section::a_failing_test_shows_its_story"
    ),
    "and faults and scripts that were not used": "report/test_failure::faults_and_replies_that_nothing_met_are_told",
    "for each failing test or from a file of `dump` or `dump_journal`": "cli/test_main::a_journal_becomes_a_page",
    "Ids, times and bytes depend on the seed alone": "test_determinism::other_processes_give_the_same_bytes",
    "the page of `--convsim-report` shows it, too": "direct/test_project::the_page_has_the_python_of_every_project",
    "reach a session of the emulator": "adapters/test_websocket::the_sdk_edits_a_conversation",
    "Patches nest: the innermost emulator that claims the URL answers": (
        "adapters/test_patch_nested::the_innermost_that_claims_the_url_answers"
    ),
    "`st.from_type(...)` knows": "strategies/test_registration::a_type_is_made_as_a_script_takes_it",
    "Each test has its own emulator, and ids depend on the seed alone, not on the worker or the order": (
        "plugin/test_order::fixtures_marker_misses_and_the_bytes_of_a_stream"
    ),
    "A forgotten fixture then fails the test by name, even if the code under test swallows the error": (
        "plugin/test_guard::a_test_that_reaches_our_hosts_without_an_emulator_fails"
    ),
    "The guard knows `https://api.openai.com/v1`, `OPENAI_BASE_URL`, `AZURE_OPENAI_ENDPOINT`": (
        "plugin/test_guard::the_base_url_of_the_environment_is_guarded_too"
    ),
    "and `convsim_base_urls`": "plugin/test_guard::the_base_urls_of_the_ini_are_guarded_too",
    "lets all other hosts pass": "plugin/test_guard::other_hosts_are_not_affected",
    "Requests that [a mock](network.md#a-mock-is-beside-it), a cassette or an emulator answers are not refused": (
        "plugin/test_guard::what_a_mock_answers_is_none_of_the_guard_s_business"
    ),
    "A refusal while a module is imported is an error of its collection": (
        "plugin/test_guard::a_module_that_reaches_out_while_it_is_imported_is_an_error"
    ),
    "Both concern the guard only": "plugin/test_guard::in_a_test_with_the_fixture_the_marker_names_the_option",
    "convsim answers them as the service does and keeps them out of the journal": (
        "service/test_router::traces_are_taken_and_leave_no_trace"
    ),
    "When the fixture ends, it flushes the spans that are left": (
        "plugin/test_traces::nothing_is_sent_until_the_interpreter_has_ended"
    ),
    "`convsim_traces = pass` lets later posts out": "plugin/test_traces::asked_for_they_are_let_out",
    "the live API's refusal, as the SDK raises it": (
        "adapters/test_clients::errors_are_the_official_ones_with_the_live_request_id"
    ),
    "The plugin imports nothing but pytest until a fixture runs": (
        "plugin/test_startup::importing_the_plugin_takes_nothing_heavy_along"
    ),
}


LIMITS = {
    "no model runs, so the test writes the model's part": (
        "direct/test_responses::a_turn_without_a_script_says_what_is_queued_and_what_to_write"
    ),
    "all other endpoints are refused by name": (
        "service/test_router::a_path_that_only_the_live_api_has_is_refused_and_counts_as_a_miss"
    ),
    "refuses other libraries that use Python's sockets": (
        "adapters/test_network::a_library_that_is_not_answered_is_refused_by_name"
    ),
    "needs [the server](server.md) for other processes and languages": (
        "plugin/test_server::a_child_process_reaches_the_tests_emulator"
    ),
    "It knows keys and projects, and no organisations, quotas or rate limits": (
        "http/test_keys::each_listed_key_sees_a_project_of_its_own"
    ),
    "they are refused with status 400 and the code `convsim_not_emulated`": (
        "items/test_catalogue::a_type_that_is_known_but_not_emulated_is_refused_in_words_that_say_so"
    ),
    "All other types are [emulated](items.md)": (
        "items/test_catalogue::every_type_is_emulated_but_those_of_several_agents"
    ),
    "tokens are counted by a rule of thumb": "responses/test_usage::four_bytes_more_are_one_token_more",
    "and `generate: false` with a conversation are refused by name": (
        "service/test_sockets::what_the_live_api_has_and_convsim_has_not_is_a_miss"
    ),
    "A fault that breaks or stalls an answer breaks the connection": (
        "service/test_sockets_ended::a_fault_happens_as_in_a_stream"
    ),
    "An unscripted turn, and an exception of a script's function, are `error` events there": (
        "service/test_sockets::what_a_script_raises_is_told_and_noted"
    ),
    "At most 1,000 messages of a connection wait for their turns": (
        "service/test_sockets::a_connection_keeps_a_thousand_messages"
    ),
    'Emulators with `service="foundry"` refuse the connection': (
        "service/test_router::turns_over_a_websocket_of_foundry_are_refused_by_name"
    ),
    "The server posts each of them once, without retries": (
        "server/test_webhooks::an_application_that_is_not_there_is_told"
    ),
    "On other hosts convsim knows only the paths below their base URLs": (
        "adapters/test_patch_hosts::a_path_of_a_claimed_host_that_is_none_of_the_api_s_is_refused_or_mocked"
    ),
    "refuses every other library that resolves or connects through Python's sockets": (
        "adapters/test_network::a_library_that_is_not_answered_is_refused_by_name"
    ),
    "It is process-wide": "adapters/test_patch_nested::a_patch_is_the_whole_process_s",
    "so that `sim.openai().realtime` needs `with sim.patch():` around it": (
        "test_limits::an_explicit_transport_has_no_websockets"
    ),
    "Only an open turn locks its conversation": "operations/test_responses::a_write_meets_the_lock_of_a_turn",
    "other WebSocket libraries (websocket-client) are refused": (
        "adapters/test_client_table::what_the_page_says_of_a_client_is_true"
    ),
    "no session expires by itself": (
        "service/test_connection::however_long_it_lasts_it_is_neither_pinged_nor_closed_by_itself"
    ),
    "A client that reconnects is refused when the patch ends": (
        "adapters/test_websocket::a_client_that_reconnects_as_the_patch_ends_is_refused"
    ),
    "a client that reconnects later reaches the network": (
        "adapters/test_websocket::a_client_made_before_the_patch_is_caught_and_afterwards_let_go"
    ),
    "a key is accepted or refused, and belongs to one project": (
        "http/test_keys::each_listed_key_sees_a_project_of_its_own"
    ),
    "no limit of the service but the length of the text is checked": "items/test_bounds::every_string_has_a_bound",
    "are reproducible here": "http/test_wire::what_varies_in_headers_follows_from_the_request_id",
    "One lock per emulator makes each operation atomic": "test_threads::sixteen_threads_on_one_emulator",
    "so that it always ends": "operations/test_lists::an_item_that_stands_twice_ends_paging_all_the_same",
}
ROWS = [
    pytest.param(page, words, test, id=words)
    for page, tests in {"guide.md": GUIDE, "limits.md": LIMITS}.items()
    for words, test in tests.items()
]


@pytest.mark.parametrize(("page", "words", "test"), ROWS)
def test_a_sentence_has_its_test(page: str, words: str, test: str) -> None:
    assert words in PAGES[page]
    module, _, name = test.partition("::")
    text = (ROOT / "tests" / f"{module}.py").read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def test_{name}\(", text, re.MULTILINE), test
