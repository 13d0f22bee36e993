"""Events from a real Kafka broker: each is stored exactly once, even if the service or the broker is killed.

Needs Java 17 and Maven, which brings the broker's jars into build/kafka at the first run, and confluent-kafka==2.16.1.
"""
import base64
import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

import pytest
from serving import free_port, haina, need, wait_for

KAFKA = "4.1.1"
JARS = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "kafka" / KAFKA
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>haina</groupId><artifactId>live-kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA}</version></dependency></dependencies>
</project>"""
PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


def jars() -> pathlib.Path:
    """The folder of the broker's jars; skips the test with Maven's error if they cannot be downloaded."""
    if not JARS.exists():
        maven = need("mvn", "maven")
        JARS.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=JARS.parent) as name:
            pom, half = pathlib.Path(name) / "pom.xml", pathlib.Path(name) / "jars"
            pom.write_text(POM)
            done = subprocess.run([maven, "-B", "-q", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime",
                                   f"-DoutputDirectory={half}"], capture_output=True, text=True, timeout=540)
            if done.returncode != 0:
                pytest.skip(f"MISSING BROKER: Maven cannot download kafka_2.13 {KAFKA}: {done.stdout[-600:]}")
            half.rename(JARS)
    return JARS


class Broker:
    """A broker that can be stopped and started again on the same port."""

    def __init__(self):
        self.client = pytest.importorskip("confluent_kafka", reason="MISSING TOOL: pip install confluent-kafka==2.16.1")
        self.admin = pytest.importorskip("confluent_kafka.admin")
        self.java, self.jars = need("java", "openjdk-17-jre-headless"), jars()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="haina_kafka_"))
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.properties = self.folder / "server.properties"
        self.properties.write_text(PROPERTIES.format(port=self.port, controller=free_port(), folder=self.folder))
        cluster = base64.urlsafe_b64encode(b"\1" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        done = subprocess.run([*self.program("kafka.tools.StorageTool"), "format", "-t", cluster, "-c", self.properties],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        self.start()

    def program(self, name: str) -> list[str]:
        return [self.java, "-Xmx512m", "-cp", f"{self.jars}/*", name]

    def start(self):
        log = self.folder / "log"
        with open(log, "a") as out:
            self.process: subprocess.Popen = subprocess.Popen([*self.program("kafka.Kafka"), self.properties], stdout=out, stderr=out)

        def answers():
            assert self.process.poll() is None, log.read_text()[-2000:]
            try:
                return self.admin.AdminClient(self.settings()).list_topics(timeout=2).brokers
            except self.client.KafkaException:
                return None

        wait_for(answers, 90, "the broker answers")

    def settings(self) -> dict:
        return {"bootstrap.servers": self.address, "log_level": 0, "error_cb": lambda _: None}

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def make_topic(self, partitions: int = 2, name: str = "") -> str:
        name = name or "t" + uuid.uuid4().hex[:12]
        admin = self.admin.AdminClient(self.settings())  # it must exist until the result is there
        admin.create_topics([self.admin.NewTopic(name, partitions, 1)])[name].result(30)
        return name

    def send(self, topic: str, *messages, **more):
        """Sends dicts as JSON and bytes as they are; on return the broker has them."""
        producer = self.client.Producer(self.settings())
        for message in messages:
            body = message if isinstance(message, bytes) else json.dumps(message).encode()
            producer.produce(topic, body, **more)
            producer.poll(0)
        assert producer.flush(60) == 0

    def committed(self, topic: str, group: str, partitions: int = 2) -> int:
        """How many messages of the topic the group has committed."""
        consumer = self.client.Consumer({**self.settings(), "group.id": group})
        try:
            places = [self.client.TopicPartition(topic, partition) for partition in range(partitions)]
            return sum(max(place.offset, 0) for place in consumer.committed(places, timeout=10))
        finally:
            consumer.close()


@pytest.fixture(scope="module")
def broker():
    broker = Broker()
    yield broker
    broker.stop()
    shutil.rmtree(broker.folder, ignore_errors=True)


def url(broker: Broker, topic: str, group: str) -> str:
    return f"kafka://{broker.address}/{topic}?group={group}"


def events_of(service, user: str) -> list[dict]:
    answer = service.get(f"/v1/users/{user}/events?limit=1000")
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


def items_of(service, user: str) -> list[str]:
    return sorted(event["item"] for event in events_of(service, user))


def counted(service, was: str) -> int:
    return int(float(service.get("/metrics").text.split(f'haina_events_total{{was="{was}"}} ')[1].split()[0]))


def test_events_from_before_and_after_the_start_arrive(broker, serve):
    topic = broker.make_topic()
    broker.send(topic, *({"user": "early", "item": f"i{n}"} for n in range(30)))
    service = serve("--events", url(broker, topic, "start"))
    wait_for(lambda: len(events_of(service, "early")) == 30, 30, "events from before the start")
    lines = b'{"user": "lines", "item": "i1"}\n\n{"user": "lines", "item": "i2", "action": "buy", "value": 3}\n'
    broker.send(topic, {"user": "late", "item": "i7", "id": "mine", "context": {"device": "phone"}},
                {"events": [{"user": "many", "item": "i3"}, {"user": "many", "item": "i3"}]}, lines,
                b'{\n  "user": "wide",\n  "item": "i4"\n}')
    wait_for(lambda: all(events_of(service, user) for user in ("late", "many", "lines", "wide")), 15, "events from after it")
    (late,) = events_of(service, "late")
    assert (late["id"], late["action"], late["context"]) == ("mine", "interaction", {"device": "phone"})
    assert items_of(service, "lines") == ["i1", "i2"] and items_of(service, "wide") == ["i4"]
    first, second = sorted(event["id"] for event in events_of(service, "many"))
    assert re.fullmatch(rf"kafka {topic} [01] \d+ 0 [0-9a-f]{{16}}", first) and second == first[:-18] + "1" + first[-17:]
    wait_for(lambda: broker.committed(topic, "start") == 34, 15, "the offsets are committed")


def test_an_event_without_a_time_gets_the_messages_time(broker, serve):
    topic = broker.make_topic()
    service = serve("--events", url(broker, topic, "time"))
    broker.send(topic, {"user": "then", "item": "i1"}, {"user": "told", "item": "i1", "time": 1600000000}, timestamp=1700000000123)
    wait_for(lambda: events_of(service, "then") and events_of(service, "told"), 30, "both arrive")
    assert events_of(service, "then")[0]["time"].startswith("2023-11-14T22:13:20.123")
    assert events_of(service, "told")[0]["time"].startswith("2020-09-13T12:26:40")


def test_kills_lose_and_repeat_no_event(broker, serve, tmp_path):
    topic, store, users, each = broker.make_topic(), f"sqlite://{tmp_path / 'kill.db'}", 40, 900
    broker.send(topic, *({"user": f"k{n % users}", "item": f"i{n // users}"} for n in range(users * each)))
    count = 0
    for _ in range(4):
        service = serve("--events", url(broker, topic, "kill"), store=store)

        def more(service=service, before=count):
            nonlocal count
            count = sum(len(events_of(service, f"k{user}")) for user in range(0, users, 10))
            return count > before

        wait_for(more, 40, "the stream goes on after a kill", pause=0)
        service.kill()
    assert count < users // 10 * each, "the stream was complete before the last kill"
    service = serve("--events", url(broker, topic, "kill"), store=store)
    wait_for(lambda: broker.committed(topic, "kill") == users * each, 90, "the group has read everything", pause=0.5)
    for user in range(users):
        assert items_of(service, f"k{user}") == sorted(f"i{n}" for n in range(each)), f"k{user}"
    service.stop()
    # A new group gets every message again; the store has all of them already.
    again = serve("--events", url(broker, topic, "again"), store=store)
    wait_for(lambda: counted(again, "known") == users * each, 90, "all of it comes again", pause=0.5)
    assert counted(again, "accepted") == 0
    assert all(len(events_of(again, f"k{user}")) == each for user in range(users))


def test_unreadable_messages_are_skipped_and_reported(broker, serve, tmp_path):
    topic, rejects = broker.make_topic(partitions=1), tmp_path / "rejects.jsonl"
    bad = [b"no json", b'{"user": "42"}', b"", b"\xff\xfe", b'{"user": "42", "item": "7", "colour\\n": 1}',
           b'{"events": [{"user": "x", "item": "i1"}, {"user": ""}]}', b"[" * 100_000]
    broker.send(topic, *bad, {"user": "after", "item": "i1"})
    service = serve("--events", url(broker, topic, "bad"), "--events-rejects", rejects)
    wait_for(lambda: events_of(service, "after"), 30, "what comes after them")
    said = [line for line in service.err.read_text().splitlines() if "is skipped" in line]
    assert len(said) == len(bad), said
    for offset, line in enumerate(said):
        assert topic in line and f'"offset":{offset}' in line and '"partition":0' in line, line
    assert "'item' is missing" in said[1] and "events[1].user" in said[5]
    assert events_of(service, "x") == []  # a message counts as a whole or not at all
    kept = [json.loads(line) for line in rejects.read_text().splitlines()]
    raw = [line["message"].encode() if "message" in line else line["latin1"].encode("latin-1") for line in kept]
    assert raw == bad
    wait_for(lambda: broker.committed(topic, "bad", 1) == len(bad) + 1, 15, "they are committed")
    service.stop()
    again = serve("--events", url(broker, topic, "bad"), store=service.store)
    time.sleep(3)
    assert "is skipped" not in again.err.read_text()


def test_a_topic_made_later_is_found(broker, serve):
    topic = "later" + uuid.uuid4().hex[:8]
    service = serve("--events", url(broker, topic, "later"))
    wait_for(lambda: f"Kafka topic {topic}" in service.log(), 30, "a warning that the topic is not there")
    broker.make_topic(1, topic)
    broker.send(topic, {"user": "found", "item": "i1"})
    wait_for(lambda: events_of(service, "found"), 40, "its event arrives")


def test_a_broker_that_stops_and_starts_again(broker, serve):
    topic = broker.make_topic()
    service = serve("--events", url(broker, topic, "restart"))
    broker.send(topic, {"user": "first", "item": "i1"})
    wait_for(lambda: events_of(service, "first"), 30, "the first event")
    broker.stop()
    wait_for(lambda: f"Kafka topic {topic}" in service.log(), 30, "a warning")
    service.is_well()
    broker.start()
    broker.send(topic, {"user": "second", "item": "i1"})
    wait_for(lambda: events_of(service, "second"), 60, "an event after the restart")
    wait_for(lambda: broker.committed(topic, "restart") == 2, 30, "both are committed")
    assert len(events_of(service, "first")) == 1
    broker.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    service.stop()
    broker.process.send_signal(signal.SIGCONT)
    assert time.monotonic() - begun < 4, "the service waited for a frozen broker"


def test_a_missing_broker_does_not_stop_the_service(serve):
    address = f"127.0.0.1:{free_port()}"
    service = serve("--events", f"kafka://{address}/clicks")
    service.is_well()
    wait_for(lambda: f"Kafka topic clicks at {address}" in service.log(), 20, "a warning")
    time.sleep(5)
    assert service.log().count("Kafka topic") == 1, service.log()
    begun = time.monotonic()
    service.stop()
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("wrong", ["kafka://", "kafka://127.0.0.1/clicks", "kafka://127.0.0.1:0/clicks", "http://127.0.0.1:9092/clicks",
                                   "kafka://127.0.0.1:9092/", "kafka://127.0.0.1:9092/a b", "kafka://127.0.0.1:9092/a?group=",
                                   "kafka://127.0.0.1:9092/a?offset=1", "kafka://" + "a" * 100_000])
def test_a_wrong_url_is_refused_with_a_hint(project, tmp_path, wrong):
    done = haina("serve", "-c", project, "--port", "0", "--store", f"sqlite://{tmp_path / 'live.db'}", "--events", wrong)
    assert done.returncode == 2, done.stderr
    assert "is not the URL of a Kafka topic" in done.stderr and "hint: write kafka://" in done.stderr
