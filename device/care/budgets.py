"""What the stages of a turn may take. Pure: who is told of a miss is decided elsewhere."""

from collections.abc import Mapping

from device import events as e
from device.config import BudgetsConfig


def stage_budgets(config: BudgetsConfig) -> dict[str, int]:
    """Milliseconds by stage of `device.metrics`.

    Of what is streamed the first piece counts: it is what a person waits for.
    """
    return {
        "vad_lag": config.vad_ms,
        "stt": config.stt_ms,
        "llm_first_token": config.llm_ms,
        "tts_first_chunk": config.tts_ms,
        "end_to_end": config.end_to_end_ms,
    }


def missed(turn: e.TurnMeasured, budgets: Mapping[str, int]) -> e.BudgetMissed | None:
    """The stages of a turn that took longer than they may; None when there are none."""
    over = {
        stage: turn.stages[stage]
        for stage, budget in budgets.items()
        if turn.stages.get(stage, 0.0) > budget
    }
    if not over:
        return None
    allowed = {stage: budgets[stage] for stage in over}
    return e.BudgetMissed(turn_id=turn.turn_id, stages=over, budgets=allowed)
