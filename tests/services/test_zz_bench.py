import time
from dataclasses import replace
import pytest
from sqlalchemy import event
from app.rules.drafts import SignalDraft
from app.rules.feedback import FeedbackDraft
from app.rules.signal_types import SignalType
from app.rules.verdicts import Verdict, VerdictReason, EnforcementAction
from app.services import uploads, feedback
from tests.feedback_world import LABELS, MANUAL, world_at

@pytest.fixture
async def world(emptied, owner_engine):
    async with world_at(emptied, owner_engine) as world:
        yield world

async def test_bench(world):
    k = world.exchange.keyring
    ids = []
    for part in range(5):
        drafts=[SignalDraft(SignalType.URL,f"https://f{part}-{n}.example/a",LABELS) for n in range(1000)]
        for a in (world.alder, world.cedar, world.operator)[:int(__import__('os').environ.get('N','3'))]:
            t=time.perf_counter()
            res = await world.do(uploads.upload, a, k, drafts)
            print("upload", time.perf_counter()-t)
        ids += [r.signal_id for r in res]
    counts=[]
    def count(conn, cursor, statement, params, context, many): counts.append((many, statement[:60]))
    times={}
    def after(conn, cursor, statement, params, context, many):
        times[statement[:60]]=times.get(statement[:60],0)+time.perf_counter()-conn.info["t"]
    def before(conn, cursor, statement, params, context, many): conn.info["t"]=time.perf_counter()
    event.listen(world.exchange.database.engine.sync_engine, "before_cursor_execute", before)
    event.listen(world.exchange.database.engine.sync_engine, "after_cursor_execute", after)
    event.listen(world.exchange.database.engine.sync_engine, "before_cursor_execute", count)
    for label, verdict, said in (("nomatch", Verdict.NO_MATCH, {}), ("again", Verdict.NO_MATCH, {}),
        ("change", Verdict.CONFIRMED_VIOLATION, dict(review_status=MANUAL, reviewed_at=world.exchange.clock(), reviewer_role="a", policy_reference="p", note="n", actions=((EnforcementAction.CONTENT_REMOVED,1),)))):
        for part in range(5):
            counts.clear()
            d=[FeedbackDraft(i, verdict, **said) for i in ids[part*1000:part*1000+1000]]
            import cProfile,pstats; pr=cProfile.Profile(); None
            c0=time.process_time(); t=time.perf_counter(); r = await world.record(world.birch, d, key=f"{label}{part}"); pr.disable()

            dt=time.perf_counter()-t
            print(label, r[0].outcome, len(r), f"{dt:.3f}s", int(1000/dt), "rows/s", len(counts), "statements", f"cpu {time.process_time()-c0:.3f}")
    for c in counts: print(c)
    for c,v in sorted(times.items(), key=lambda x:-x[1])[:12]: print(f'{v:.2f}', c)
    from app.services import impact
    from datetime import timedelta
    t=time.perf_counter(); rep = await world.ask(impact.of_viewer, world.alder, world.exchange.clock()-timedelta(days=3), world.exchange.clock()+timedelta(days=3)); print("impact", time.perf_counter()-t, rep.total)
