"""Asks the local engine one question and prints the answer as JSON: ask.py <question> [<argument>...]

The endpoint and the credentials come from the environment.
"""

import gzip
import json
import sys
import time
import zipfile

import boto3

dynamodb = boto3.client("dynamodb")
functions = boto3.client("lambda")
stacks = boto3.client("cloudformation")


def policies(stack):
    """The ids of the statements of each topic's policy."""
    sns = boto3.client("sns")
    topics = [topic["TopicArn"] for topic in sns.list_topics()["Topics"] if f":{stack}-" in topic["TopicArn"]]
    policy = {arn: sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy") or "{}" for arn in topics}
    return {arn: [each.get("Sid") for each in json.loads(text).get("Statement", [])] for arn, text in policy.items()}


def mappings(table):
    """The functions that read the stream of a table."""
    found = functions.list_event_source_mappings()["EventSourceMappings"]
    return [each["FunctionArn"] for each in found if f":table/{table}/" in each["EventSourceArn"]]


def switch(table, state):
    """Switches the event source mappings of a table on or off."""
    for each in functions.list_event_source_mappings()["EventSourceMappings"]:
        if f":table/{table}/" in each["EventSourceArn"]:
            functions.update_event_source_mapping(UUID=each["UUID"], Enabled=state == "on")
    return state


def setting(function, name):
    """A variable of the function, of the version that is live if there is one."""
    return functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"][name]


def run(function, wait_seconds):
    """Runs the canary. It waits for so many seconds."""
    variables = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    variables["WAIT_SECONDS"] = wait_seconds
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
    return json.load(functions.invoke(FunctionName=function)["Payload"])


def zip(folder):
    """Packs a function as sam does, with its permission to run."""
    with zipfile.ZipFile(f"{folder}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.write(f"{folder}/bootstrap", "bootstrap")
    return f"{folder}.zip"


def table(name):
    """Creates a table and returns the ARN of its stream."""
    keys = {"pk": "HASH", "sk": "RANGE"}
    created = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return created["TableDescription"]["LatestStreamArn"]


def tables(prefix):
    """The names of the tables, without their prefix."""
    names = dynamodb.list_tables()["TableNames"]
    return sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))


def status(stack):
    """The status of a stack when nothing is under way, and GONE when there is none."""
    while True:
        try:
            found = stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        except stacks.exceptions.ClientError:
            return "GONE"
        if not found.endswith("_IN_PROGRESS"):
            return found
        time.sleep(0.2)


def outputs(stack):
    """The outputs of a stack."""
    found = stacks.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def create(stack, file, *parameters):
    """Creates or updates a stack from a file, with parameters such as `Stage=local`."""
    pairs = [parameter.split("=", 1) for parameter in parameters]
    with open(file, encoding="utf-8") as template:
        request = {
            "StackName": stack,
            "TemplateBody": template.read(),
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in pairs],
        }
    stacks.create_stack(**request) if status(stack) == "GONE" else stacks.update_stack(**request)
    return status(stack)


def delete(stack):
    """Deletes a stack."""
    stacks.delete_stack(StackName=stack)
    return status(stack)


def fill(bucket):
    """Writes an object and deletes it, which leaves two versions."""
    s3 = boto3.client("s3")
    s3.put_object(Bucket=bucket, Key="parked/example.json", Body=b"{}")
    s3.delete_object(Bucket=bucket, Key="parked/example.json")
    return versions(bucket)


def versions(bucket):
    """The number of versions in a bucket."""
    found = boto3.client("s3").list_object_versions(Bucket=bucket)
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def empty(bucket):
    """Deletes every version of every object, as docs/deploying.md does."""
    boto3.resource("s3").Bucket(bucket).object_versions.delete()
    return versions(bucket)


def execute(machine, bucket, text):
    """Runs a state machine with this input. Returns its status, its output, and the calls that the stand-in wrote down."""
    machines, s3 = boto3.client("stepfunctions"), boto3.client("s3")
    started = machines.start_execution(stateMachineArn=machine, input=text)["executionArn"]
    found = {"status": "RUNNING"}
    while found["status"] == "RUNNING":
        time.sleep(0.1)
        found = machines.describe_execution(executionArn=started)
    prefix = f"calls/{json.loads(text)['run']}/"
    keys = sorted(each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []))
    calls = [json.load(s3.get_object(Bucket=bucket, Key=key)["Body"]) for key in keys]
    output = json.loads(found.get("output") or "null")
    return {"status": found["status"], "output": output, "error": found.get("error"), "calls": calls}


def users(name, count):
    """Creates a table with so many accounts."""
    table(name)
    rows = [
        {
            "pk": {"S": f"USER#user-{number}"},
            "sk": {"S": "ACCOUNT"},
            "userId": {"S": f"user-{number}"},
            "status": {"S": "ACTIVE"},
            "email": {"S": f"user-{number}@example.com"},
            "emailVerified": {"BOOL": True},
            "createdAt": {"S": "2026-03-01T12:00:00.000Z"},
            "updatedAt": {"S": "2026-03-01T12:00:00.000Z"},
            "version": {"N": "1"},
        }
        for number in range(int(count))
    ]
    for row in rows:
        dynamodb.put_item(TableName=name, Item=row)
    return len(rows)


def late(name):
    """Creates the queue and the key that a late subscriber has."""
    sqs, kms = boto3.client("sqs"), boto3.client("kms")
    queue = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})
    return {"queueUrl": queue["QueueUrl"], "keyArn": kms.create_key()["KeyMetadata"]["Arn"]}


def received(queue):
    """How many messages of each type a queue holds. Removes them."""
    sqs, counts = boto3.client("sqs"), {}
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        for message in messages:
            event_type = json.loads(message["Body"])["type"]
            counts[event_type] = counts.get(event_type, 0) + 1
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return counts


def export(name, bucket):
    """Writes a table as DynamoDB exports one, in two files, and returns the folder."""
    s3, folder = boto3.client("s3"), "exports/AWSDynamoDB/01-example"
    items = dynamodb.scan(TableName=name, ConsistentRead=True)["Items"]
    files = []
    for number in range(2):
        lines = [json.dumps({"Item": item}) for item in items[number::2]]
        key = f"{folder}/data/{number}.json.gz"
        s3.put_object(Bucket=bucket, Key=key, Body=gzip.compress("\n".join(lines).encode()))
        files.append(json.dumps({"itemCount": len(lines), "dataFileS3Key": key}))
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    manifest = {
        "tableArn": arn,
        "exportTime": "2026-03-02T10:00:00.000Z",
        "manifestFilesS3Key": f"{folder}/manifest-files.json",
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }
    s3.put_object(Bucket=bucket, Key=f"{folder}/manifest-files.json", Body="\n".join(files).encode())
    s3.put_object(Bucket=bucket, Key=f"{folder}/manifest-summary.json", Body=json.dumps(manifest).encode())
    return f"s3://{bucket}/{folder}/"


def topic(name):
    """Creates a FIFO topic and returns its ARN."""
    return boto3.client("sns").create_topic(Name=name, Attributes={"FifoTopic": "true"})["TopicArn"]


def upload(bucket, key, file):
    """Puts a file into a bucket, which it creates. Returns its URL."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.upload_file(file, bucket, key)
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def change(stack, name, value):
    """Changes one parameter of a stack, as `user-events backfill` switches a subscriber on."""
    found = stacks.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
    kept = [each["ParameterKey"] for each in found if each["ParameterKey"] != name]
    stacks.update_stack(
        StackName=stack,
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": each, "UsePreviousValue": True} for each in kept]
        + [{"ParameterKey": name, "ParameterValue": value}],
    )
    return status(stack)


def queues(function):
    """The queues that a function reads."""
    found = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    return sorted(each["EventSourceArn"].split(":")[-1] for each in found)


def send(queue):
    """Sends a message to a FIFO queue."""
    sent = boto3.client("sqs").send_message(
        QueueUrl=queue, MessageBody="{}", MessageGroupId="users/1", MessageDeduplicationId=str(time.time_ns())
    )
    return sent["MessageId"]


def left(queue, seconds):
    """How many messages a queue holds, when it is empty or so many seconds have passed."""
    until = time.monotonic() + float(seconds)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    while True:
        found = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        count = sum(int(found[name]) for name in names)
        if count == 0 or time.monotonic() > until:
            return count
        time.sleep(0.2)


question, *arguments = sys.argv[1:]
print(json.dumps(globals()[question](*arguments)))
