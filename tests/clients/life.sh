#!/bin/sh
# The life of a function through the AWS CLI, from the first command of AWS's guide to Python handlers on.
# Needs: aws on PATH, AWS_ENDPOINT_URL_LAMBDA and credentials in the environment, and a folder with deployment-package.zip
# (hello_python.py) as the working folder.
set -eu

same() { [ "$1" = "$2" ] || { printf 'got:      %s\nexpected: %s\n' "$1" "$2" >&2; exit 1; }; }

aws lambda create-function \
    --region us-west-2 \
    --function-name HelloPython \
    --zip-file fileb://deployment-package.zip \
    --role arn:aws:iam::123456789012:role/lambda_basic_execution \
    --handler hello_python.my_handler \
    --runtime python3.6 \
    --timeout 15 \
    --memory-size 512 >created.json
export AWS_DEFAULT_REGION=us-west-2
aws lambda wait function-active-v2 --function-name HelloPython
same "$(aws lambda get-function-configuration --function-name HelloPython \
    --query '[State,Runtime,Handler,Timeout,MemorySize]' --output text)" \
    "$(printf 'Active\tpython3.6\thello_python.my_handler\t15\t512')"

answer=$(aws lambda invoke --function-name HelloPython --invocation-type RequestResponse --log-type Tail \
    --payload '{"first_name": "Ada", "last_name": "Lovelace"}' --query '[StatusCode,ExecutedVersion,FunctionError]' --output text out.json)
same "$answer" "$(printf '200\t$LATEST\tNone')"
same "$(cat out.json)" '{"message": "Hello Ada Lovelace!"}'
same "$(aws lambda invoke --function-name HelloPython --invocation-type Event --payload '{"first_name": "a", "last_name": "b"}' \
    --query StatusCode out.json)" 202
same "$(aws lambda invoke --function-name HelloPython --invocation-type DryRun --query StatusCode out.json)" 204
same "$(aws lambda invoke --function-name HelloPython --payload '{}' --query FunctionError --output text out.json)" Unhandled

aws lambda update-function-configuration --function-name HelloPython --timeout 20 --environment 'Variables={STAGE=test}' >updated.json
aws lambda wait function-updated-v2 --function-name HelloPython
same "$(aws lambda publish-version --function-name HelloPython --query Version --output text)" 1
aws lambda create-alias --function-name HelloPython --name live --function-version 1 >alias.json
same "$(aws lambda invoke --function-name HelloPython:live --payload '{"first_name": "A", "last_name": "B"}' \
    --query ExecutedVersion --output text out.json)" 1
same "$(aws lambda list-functions --query 'Functions[].FunctionName' --output text)" HelloPython
same "$(aws lambda list-functions --region eu-west-1 --query 'length(Functions)')" 0

# The zip comes back as it was sent.
location=$(aws lambda get-function --function-name HelloPython --query Code.Location --output text)
python3 -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' "$location" >downloaded.zip
cmp downloaded.zip deployment-package.zip

# What the function printed, as CloudWatch Logs has it.
same "$(aws logs describe-log-groups --query 'logGroups[].logGroupName' --output text)" /aws/lambda/HelloPython
aws logs filter-log-events --log-group-name /aws/lambda/HelloPython --query 'events[].message' --output text | grep -q 'REPORT RequestId'

if aws lambda create-function --function-name HelloPython --zip-file fileb://deployment-package.zip \
    --role arn:aws:iam::123456789012:role/x --handler hello_python.my_handler --runtime python3.6 2>error.txt; then
    echo 'a second function of the same name was created' >&2
    exit 1
fi
grep -q 'ResourceConflictException.*Function already exist: HelloPython' error.txt

aws lambda delete-alias --function-name HelloPython --name live
aws lambda delete-function --function-name HelloPython
same "$(aws lambda list-functions --query 'length(Functions)')" 0
echo 'the AWS CLI is content'
