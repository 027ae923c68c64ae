"""A claim whose words and figures stand in the source, and that says another thing."""

from __future__ import annotations

import pytest

from assistant.contrary import made_of, opposed, otherwise
from assistant.verify import denies, verify

SOURCE = "Debt at the port fell from 1.3 to 1.1 billion euros in the first quarter of 2023, the operator said."


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Debt fell to 1.1 billion dollars.", SOURCE),
        ("Debt rose to 1.1 billion euros.", SOURCE),
        ("Debt fell to €1.1bn in the third quarter of 2023.", SOURCE),
        ("Debt fell to €1.1bn in Q3.", SOURCE),
        ("The line is 180 miles long.", "The line is 180 km long and has two tracks."),
        ("The court convicted Nadia Reyes.", "The court acquitted Nadia Reyes on Friday."),
        ("Nine were killed in the storm.", "Nine were injured in the storm."),
        ("The plan was approved by 12 votes.", "The plan was rejected by 12 votes."),
        ("It made a profit of 96m euros.", "It made a loss of 96m euros."),
        ("It is at least 40 metres deep.", "It is at most 40 metres deep."),
        ("It made a profit of 212 million euros.", "It lost 212 million euros."),
        ("Revenue fell 18 percent.", "Revenue was $4.2bn, up 18 percent."),
        ("Norvik will close its mill.", "Norvik does not plan to close its mill."),
        ("Debt rose to 1.1 billion.", f"The minister declined to comment. {SOURCE}"),
        ("大桥提前两个月完工。", "大桥推迟两个月完工。"),
        ("去年收入38.4亿美元。", "去年收入38.4亿元。"),
        ("It cost US$5m.", "It cost A$5m."),
        ("It cost US$5bn.", "It cost NT$5bn."),
        ("It cost 5 million euros.", "It cost ¥5 million."),
        ("It cost two million euros.", "It cost two million pounds."),
        ("It is five kilometres long.", "It is five miles long."),
        ("Turnout fell 5 percent.", "Turnout fell by 5 percentage points, to 45 percent."),
        ("Turnout fell 5%.", "Turnout fell by five percentage points, to 45%."),
        ("Profit was 5 million euros.", "Profit was minus 5 million euros."),
        ("GDP grew by 0.5%.", "GDP growth was -0.5%."),
        ("The year's result was five million.", "The year's result was minus five million."),
        ("It was 12 degrees in Oslo.", "It was –12 degrees in Oslo."),
        ("12°C", "It opened on May 12. Temperatures fell to -12°C in the winter."),
        ("The result was 5 million euros.", "The result was €-5 million."),
        ("He was jailed for eighteen years.", "He was jailed for eighteen months."),
        ("He was jailed for twenty five years.", "He was jailed for twenty five months."),
        ("The road is two hundred miles long.", "The road is two hundred kilometres long."),
        ("The mine cost 5 million US dollars.", "The mine cost A$5 million."),
        ("The tower cost 5 billion won.", "The tower cost 5 billion yuan."),
        ("这座大楼耗资50亿港元。", "The tower cost 5 billion yuan."),
        ("The car cost 12,500 dollars.", "The car cost 12\u202f500 euros."),
        ("The mill employs 500 people.", "The mill employs 12\u202f500 people."),
    ],
)
def test_what_says_another_thing_is_not_supported(claim: str, source: str) -> None:
    assert not verify(claim, source).supported


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It cost $5m.", "It cost A$5m."),
        ("It cost 5 million US dollars.", "It cost $5 million."),
        ("It cost 5 million yuan.", "It cost ¥5 million."),
        ("It cost two million euros.", "It cost €2m."),
        ("Turnout fell 5 percentage points.", "Turnout fell by 5 percentage points."),
        ("Turnout fell to 45 percent.", "Turnout fell by 5 percentage points, to 45 percent."),
        ("GDP shrank by 0.5%.", "GDP growth was -0.5%."),
        ("GDP growth was -0.5%.", "GDP shrank by 0.5%."),
        ("The loss was 5 million euros.", "Profit was minus 5 million euros."),
        ("They won 6-4.", "They won 6-4 in May."),
        ("Shares of Tesla fell 2.5 percent.", "Shares of Tesla (-2.5 percent) led the losers."),
        ("The FTSE shed 1.2 percent.", "The FTSE 100 closed at 7,012 (-1.2 percent)."),
        ("Sales were -5 percent.", "Sales fell 5 percent."),
        ("It was -12 degrees in Harbin.", "It was –12 degrees in Harbin."),
        ("-12 degrees was measured in Oslo.", "In Oslo, -12 degrees was measured."),
        ("The cash flow was -5 million euros.", "The cash flow was €-5 million."),
        ("It was between -5 and -10.", "It was between minus 5 and minus 10."),
        ("India tested the Agni-5 missile.", "India tested the Agni -5 missile."),
        ("He scored 20 points, 10 of them late.", "He scored 20 points -10 of them late."),
        ("3胜2平1负，积11分。", "球队3胜1负2平，积11分。"),
        ("The share rose by 5 percentage points.", "The share rose by 5 percent points."),
        ("Labour leads by 12 percentage points.", "Labour leads by 12 percent, 44 to 32."),
        ("He scored two second-half goals.", "He scored twice in two minutes in the second half."),
        ("The town has 12 500 inhabitants.", "The town has 12\u202f500 inhabitants."),
        ("The town has 12\u202f500 inhabitants.", "The town has 12 500 inhabitants."),
        ("The mine cost US$5 million.", "The mine cost U$5 million."),
        ("The mill employs 12,500 people.", "The mill employs 12\u202f500 people."),
        ("Debt fell by 0.2 to €1.1bn.", SOURCE.replace("from 1.3 to", "by 0.2 to")),
        ("Debt was 1.1 billion in Q1.", SOURCE.replace("first quarter", "Q1")),
        ("In Q1 debt fell to 1.1 billion euros.", SOURCE),
        ("Sales rose to 40bn yuan.", "Sales were up, to 40bn yuan, though costs fell."),
        ("Sales rose to 40bn yuan.", "Costs fell to 3bn yuan. Sales rose to 40bn yuan."),
        ("Debt rose to 1.3bn.", "Debt did not fall but came to 1.3bn."),
        ("The ride takes 24 hours.", "It is a 24-hour ride."),
        ("It will close in June.", "It may rain, but the mill will close in June."),
        ("The mill will open in May.", "The mill is to open in May."),
        ("Nine were killed.", "Nine were killed and 41 injured."),
        ("The bridge opened on 3 May.", "The bridge, closed since 2019, reopened on 3 May."),
        ("It cost 5bn yen.", "It cost ¥5bn."),
        ("It cost 5 million.", "It cost 5 million euros."),
        ("The mill closed because of the strike.", "After a strike of two weeks the mill closed."),
        ("Sales fell in the second quarter.", "Sales fell in the second and third quarter."),
        ("Sales fell in the second quarter.", "In the three months to June sales fell, after a flat first quarter."),
        ("The vote will be held on 5 May.", "The vote on 5 May could decide the future of the mill."),
        ("The blast killed three people.", "The blast claimed the lives of three people and injured 12."),
        ("Parliament approved the bill.", "Parliament passed the bill after a motion to delay it was rejected."),
        ("Exports rose to 9 billion.", "Exports reached 9 billion, a record, while imports fell."),
        ("Sales rose 5%.", "Sales growth fell to 5%."),
        ("Deaths rose as prices fell 5%.", "Prices fell 5%. The number of deaths rose."),
        ("Net profit was $5m.", "Net income was $5m against a loss of $2m a year before."),
        ("The court convicted Ann Lee of fraud.", "Ann Lee got three years for fraud and was cleared of theft."),
        ("The exhibition closes on 5 May.", "The exhibition, which opened on 1 March, runs until 5 May."),
        ("Fines are up to 400 euros.", "Drivers face fines of as much as 400 euros, and at least 40 points."),
        ("工厂收入增长5%。", "工厂收入多5%，成本下降。"),
        ("The profit was $5m.", "Net profit was $5 million, after a loss in 2020."),
    ],
)
def test_what_says_the_same_in_other_words_is_left_alone(claim: str, source: str) -> None:
    assert otherwise(claim, source) == []
    parts = made_of(claim, source)
    assert opposed(claim, parts) == [] or denies(source)
    assert verify(claim, source).denials == ()
